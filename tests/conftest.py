"""What several test files share."""

import os
import signal
from pathlib import Path

import hypothesis
import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # no test asks a hub for anything
os.environ.setdefault("WORKSHOP_QUIET", "1")
os.environ.setdefault("KERAS_BACKEND", "torch")  # a quarter of the time; with TensorFlow: test_both_backends, notebooks
if "PYTEST_XDIST_WORKER" in os.environ:  # the processes share the cores: no libraries' threads on top
    os.environ.setdefault("OMP_NUM_THREADS", "1")

signal.signal(signal.SIGINT, signal.default_int_handler)  # a command in the background of a shell ignores it

hypothesis.settings.register_profile("unhurried", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("unhurried")

ROOT = Path(__file__).resolve().parents[1]

INVENTED = """Le meunier posa son sac près de la porte et regarda la pluie tomber sur la roue.
— Vous voilà bien tard, dit la fermière; avez-vous perdu votre âne en chemin?
— Mon âne sait le chemin mieux que moi, répondit-il, et c'est lui qui a voulu boire au gué.
La vieille horloge sonna neuf coups, quoiqu'il n'en fût que huit, et personne ne s'en étonna.
On coupa le pain, on tira le vin gris, et le petit chien vint se coucher sous la table.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a test that is named by an address: each process would know it under another name, and none would run."""
    if addressed := [item.nodeid for item in items if " at 0x" in item.nodeid]:
        raise pytest.UsageError(f"give ids to the parameters of {', '.join(addressed)}")


@pytest.fixture(scope="session")
def shared_corpus() -> Path:
    """The folder of real books beside the checkout."""
    folder = ROOT.parent / "shared" / "corpus"
    if not folder.is_dir():
        pytest.skip("needs the real books of ../shared/corpus, which are not beside this checkout")
    return folder


@pytest.fixture(params=["extracts", "gutenberg"])
def book_folder(request: pytest.FixtureRequest) -> Path:
    """Real files of Project Gutenberg: the extracts that every clone has, then the whole books beside the checkout."""
    if request.param == "extracts":
        return ROOT / "tests" / "extracts"
    return request.getfixturevalue("shared_corpus") / "gutenberg"


@pytest.fixture(scope="session")
def invented_text() -> str:
    """A page of our own prose, repeated: enough to train a toy on."""
    return INVENTED * 20


@pytest.fixture(scope="session")
def tiny_gpt2():
    """An untrained GPT-2 of two layers and its 300-token tokenizer: ``(model, tokenizer)``."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    from workshop.tokens import train_bpe

    tokenizer = train_bpe(INVENTED.splitlines(), vocab_size=300, max_length=64)
    torch.manual_seed(0)
    config = GPT2Config(vocab_size=len(tokenizer), n_positions=64, n_embd=32, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0)
    return GPT2LMHeadModel(config).eval(), tokenizer


@pytest.fixture
def writer(tiny_gpt2):
    """A writer with that GPT-2, which never ends its text: untrained, it would anywhere."""
    from workshop.generation import Gpt2Writer

    writer = Gpt2Writer(*tiny_gpt2)
    writer.end_id = None
    return writer


@pytest.fixture
def veillees(monkeypatch, tmp_path):
    """A session on the embedded corpus, with no network and an empty folder of outputs."""
    from workshop import steps

    for name, value in {"WORKSHOP_COLLECTION": "veillees", "WORKSHOP_OFFLINE": "1", "WORKSHOP_OUTPUTS": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("WORKSHOP_BOOKS", raising=False)
    steps.new_session()
    yield tmp_path
    steps.new_session()


@pytest.fixture(scope="session")
def postgres():
    """The address of a PostgreSQL of our own, where it is installed."""
    from tests import server_site

    with server_site.postgres() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path):
    """The address of an empty database, of each kind."""
    from tests import server_site

    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'stories.sqlite'}"
        return
    with server_site.new_database(request.getfixturevalue("postgres")) as address:
        yield address


@pytest.fixture
def app(database_url):
    """The server on each database that there is."""
    from tests.server_site import site

    return site(database_url)


@pytest.fixture
def lite(tmp_path):
    """The server on SQLite alone: for what does not depend on the database."""
    from tests.server_site import site

    return site(f"sqlite:///{tmp_path / 'stories.sqlite'}")


@pytest.fixture(scope="module")
def own_cache(tmp_path_factory):
    """Exercises that write nothing in the cache nor in the home folder of who runs the tests."""
    from workshop.base.settings import settings
    from workshop.exercises import ch01

    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("WORKSHOP_CACHE", "WORKSHOP_OUTPUTS", "KERAS_HOME"):
            patch.setenv(name, str(home / name.lower()))
        settings.cache_clear()
        vars(ch01.DOWNLOAD).pop("trials", None)
        yield
    settings.cache_clear()
    vars(ch01.DOWNLOAD).pop("trials", None)
