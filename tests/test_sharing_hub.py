"""A model goes to the Hub: what goes, what stays, every way in which it may fail.  The Hub is a small server of this machine."""

import errno
import fnmatch
import os
import socket
import traceback

import pytest
from huggingface_hub import constants

from tests import hub_server
from tests.hub_server import GOOD
from workshop.base import hub as base
from workshop.base import settings as base_settings
from workshop.base.errors import WorkshopError
from workshop.sharing import Figure, model_card
from workshop.sharing.hub import GOES, STAYS, pack, push_to_hub

NAME = "alice/petit-sand"
CARD = model_card(NAME, {"license": "mit"}, [Figure("bits_per_character", "le livre", 2.0)], "Il invente.")

#: What a training leaves behind, and what people put beside a model.
LEFT = {
    "optimizer.pt": b"o" * 200_000,
    "scheduler.pt": b"s",
    "rng_state.pth": b"r",
    "trainer_state.json": b"{}",
    "training_args.bin": b"t",
    "pytorch_model.bin": b"p",
    "model.pkl": b"p",
    ".env": b"HF_TOKEN=hf_0123456789012345678901234567890123",
    "token.txt": b"hf_0123456789012345678901234567890123",
    "secrets.json": b"{}",
    "credentials.json": b"{}",
    "modeling.py": b"",
    "notes.docx": b"n",
    "stories.db": b"d",
}


@pytest.fixture
def folder(tiny_gpt2, tmp_path):
    """A whole model with its card, amid all that stays."""
    place = tmp_path / "modèle à moi"
    for one in tiny_gpt2:
        one.save_pretrained(place)
    (place / "README.md").write_text(CARD, encoding="utf-8")
    for name, content in LEFT.items():
        (place / name).write_bytes(content)
    (place / "checkpoint-100").mkdir()
    (place / "checkpoint-100" / "model.safetensors").write_bytes(b"c" * 1000)
    return place


@pytest.fixture
def hub(monkeypatch):
    """A Hub on this machine, with a good token in the environment."""
    with hub_server.running() as running:
        monkeypatch.setattr(constants, "ENDPOINT", running.address)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # files go by LFS, which the server speaks
        monkeypatch.setattr(base, "PATIENCE", 5)
        monkeypatch.setenv("HF_HUB_OFFLINE", "0")
        monkeypatch.setenv("HF_TOKEN", GOOD)
        monkeypatch.delenv("WORKSHOP_OFFLINE", raising=False)
        base_settings.settings.cache_clear()
        yield running
    base_settings.settings.cache_clear()


def send(folder, name=NAME, **how):
    return push_to_hub(folder, name, dry_run=False, **how)


def refused(folder, name=NAME, **how):
    """Return the sentence with which a sending is refused; no token is in it, nor in the whole traceback."""
    with pytest.raises(WorkshopError) as caught:
        send(folder, name, **how)
    told = "".join(traceback.format_exception(caught.value))
    assert (GOOD not in told and os.environ.get("HF_TOKEN", "").strip() in ("", GOOD)) or os.environ[
        "HF_TOKEN"
    ].strip() not in told
    return str(caught.value)


# What goes and what stays -------------------------------------------------------------------------------------------------------


def test_a_dry_run_lists_what_would_go_and_asks_nobody(folder, hub, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    parcel = push_to_hub(folder, NAME)
    goes = dict(parcel.goes)
    assert {"README.md", "config.json", "generation_config.json", "model.safetensors", "tokenizer.json"} <= set(goes)
    assert set(goes).isdisjoint(LEFT)
    assert all(size == (folder / name).stat().st_size for name, size in goes.items())
    assert parcel.size == sum(goes.values())
    stays = {name: size for name, size, _ in parcel.stays}
    assert stays == {name: len(content) for name, content in LEFT.items()} | {"checkpoint-100/": 1000}
    assert all(reason for _, _, reason in parcel.stays)
    assert hub.asked == [] and parcel.address == ""
    told = str(parcel)
    assert "Partiraient" in told and "200,0\u00a0ko" not in told and "0,2\u00a0Mo" in told
    assert all(name in told for name in [*goes, *stays])


def test_every_reason_is_given_to_something():
    names = [*LEFT, "checkpoint-100", "scaler.pt", "weights.pth", ".git"]
    first = [next(pattern for pattern, _ in STAYS if fnmatch.fnmatchcase(name, pattern)) for name in names]
    assert set(first) == {pattern for pattern, _ in STAYS}


def test_nothing_that_a_training_leaves_may_go():
    assert not [name for name in LEFT if any(fnmatch.fnmatchcase(name, pattern) for pattern in GOES)]


def test_a_link_does_not_go(folder, tmp_path):
    elsewhere = tmp_path / "private.json"
    elsewhere.write_text("{}", encoding="utf-8")
    (folder / "added_tokens.json").unlink(missing_ok=True)
    try:
        (folder / "added_tokens.json").symlink_to(elsewhere)
    except OSError:
        pytest.skip("links are not allowed here")
    parcel = pack(folder, NAME)
    assert "added_tokens.json" not in dict(parcel.goes)
    assert ("added_tokens.json", 0, "lien vers un autre endroit") in parcel.stays


def test_an_adapter_is_a_model_too(tmp_path):
    for name in ("adapter_config.json", "adapter_model.safetensors", "README.md"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    assert len(pack(tmp_path, NAME).goes) == 3


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_folder_that_is_no_whole_model_is_refused(folder, missing):
    (folder / missing).unlink()
    with pytest.raises(WorkshopError, match="n’est pas le dossier d’un modèle entier"):
        pack(folder, NAME)


def test_an_empty_folder_and_none_at_all_are_refused(tmp_path):
    with pytest.raises(WorkshopError, match="modèle entier"):
        pack(tmp_path, NAME)
    with pytest.raises(WorkshopError, match="pas de dossier"):
        pack(tmp_path / "nowhere", NAME)


@pytest.mark.parametrize("file", ["README.md", "tokenizer_config.json", "generation_config.json"])
def test_a_token_written_in_a_file_is_seen_before_anything_goes(folder, hub, file):
    with (folder / file).open("a", encoding="utf-8") as opened:
        opened.write("\nhf_0123456789012345678901234567890123\n")
    assert f"«\u00a0{file}\u00a0» contient" in refused(folder)
    with pytest.raises(WorkshopError, match="ressemble à un jeton"):
        push_to_hub(folder, NAME)
    assert hub.asked == []


def test_a_token_of_another_form_is_known_by_the_environment(folder, hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "an-odd-token-of-a-company")
    (folder / "README.md").write_text(CARD + "an-odd-token-of-a-company", encoding="utf-8")
    assert "README.md" in refused(folder)


@pytest.mark.parametrize("name", ["", "a b", "é/è", "a/b/c", "-a", "a..b", "x" * 200, "../etc", "a\nb"])
def test_what_is_no_name_of_the_hub_is_said(folder, name):
    with pytest.raises(WorkshopError, match="n’est pas un nom pour le Hub"):
        pack(folder, name)


# Sending ------------------------------------------------------------------------------------------------------------------------


def test_what_was_listed_arrives_and_nothing_else(folder, hub):
    parcel = send(folder)
    arrived = hub.repositories[NAME]
    assert arrived == {name: (folder / name).read_bytes() for name, _ in push_to_hub(folder, NAME).goes}
    assert hub.private[NAME] is True
    assert parcel.address == f"{hub.address}/{NAME}"
    assert "Partis\u00a0:" in str(parcel) and GOOD not in str(parcel) + repr(parcel)
    assert sum(path.endswith("/commit/main") for path in hub.asked) == 1  # one version, whole


def test_a_model_that_came_back_writes_the_same(folder, hub, tmp_path, tiny_gpt2):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    send(folder)
    back = tmp_path / "back"
    back.mkdir()
    for name, content in hub.repositories[NAME].items():
        (back / name).write_bytes(content)
    model, tokenizer = AutoModelForCausalLM.from_pretrained(back), AutoTokenizer.from_pretrained(back)
    ids = tokenizer("Le meunier", return_tensors="pt").input_ids
    assert torch.equal(model(ids).logits, tiny_gpt2[0](ids).logits)


def test_a_name_alone_goes_to_ones_own_account_and_a_model_may_be_public(folder, hub):
    parcel = send(folder, "petit-sand", private=False)
    assert (parcel.name, hub.private["alice/petit-sand"]) == ("alice/petit-sand", False)


def test_a_name_that_is_taken_needs_to_be_told_to_update(folder, hub):
    send(folder)
    assert "existe déjà" in refused(folder) and "update=True" in refused(folder)
    (folder / "README.md").write_text(CARD.replace("invente", "invente toujours"), encoding="utf-8")
    send(folder, update=True)
    assert "invente toujours" in hub.repositories[NAME]["README.md"].decode()


def test_the_account_of_somebody_else_is_forbidden(folder, hub):
    assert "n’a pas le droit d’écrire chez «\u00a0bob\u00a0»" in refused(folder, "bob/petit-sand")


@pytest.mark.parametrize("token", [None, "", "  \n"])
def test_without_a_token_it_says_where_to_get_one(folder, hub, monkeypatch, token):
    if token is None:
        monkeypatch.delenv("HF_TOKEN")
    else:
        monkeypatch.setenv("HF_TOKEN", token)
    assert "Il n’y a pas de jeton" in refused(folder)
    assert hub.asked == []


def test_a_token_kept_in_a_file_is_not_read(folder, hub, monkeypatch, tmp_path):
    kept = tmp_path / "token"
    kept.write_text(GOOD, encoding="utf-8")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(kept))
    monkeypatch.delenv("HF_TOKEN")
    assert "Il n’y a pas de jeton" in refused(folder)


@pytest.mark.parametrize("token", ["hf_two words", "hf_é" + "a" * 30, "hf_line\nend"])
def test_what_is_no_token_is_not_sent_and_not_shown(folder, hub, monkeypatch, token):
    monkeypatch.setenv("HF_TOKEN", token)
    assert "n’est pas un jeton" in refused(folder)
    assert hub.asked == []


def test_a_line_end_after_a_token_does_no_harm(folder, hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", GOOD + "\n")
    assert send(folder).address


def test_a_token_that_is_refused(folder, hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_" + "Bad" * 10)
    assert "refuse ce jeton" in refused(folder)
    assert hub.repositories == {}


def test_a_model_without_a_card_does_not_go(folder, hub):
    (folder / "README.md").unlink()
    assert "Il manque la carte" in refused(folder)
    assert hub.asked == []
    assert push_to_hub(folder, NAME).goes  # but one may look


def test_metadata_that_the_hub_refuses_are_said_and_one_can_start_again(folder, hub):
    (folder / "README.md").write_text("Pas de métadonnées.", encoding="utf-8")
    said = refused(folder)
    assert "métadonnées" in said and "update=True" in said
    assert hub.repositories[NAME] == {}
    (folder / "README.md").write_text(CARD, encoding="utf-8")
    assert send(folder, update=True).address and "model.safetensors" in hub.repositories[NAME]


@pytest.mark.parametrize(
    ("place", "status", "said"),
    [
        ("whoami", 500, "en panne"),
        ("whoami", 429, "trop de demandes"),
        ("create", 403, "droit d’écrire"),
        ("commit", 500, "en panne"),
        ("create", 418, "refuse"),
    ],
)
def test_an_error_of_the_hub_is_one_sentence(folder, hub, place, status, said):
    hub.fails[place] = status
    assert said in refused(folder)
    assert not hub.repositories.get(NAME)


def test_without_a_network_it_is_said_and_nothing_is_lost(folder, hub, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{free.getsockname()[1]}")
    assert "refuse la connexion" in refused(folder)


def test_a_hub_that_says_nothing_is_not_waited_for(folder, hub, monkeypatch):
    monkeypatch.setattr(base, "PATIENCE", 0.3)
    hub.silent.set()
    assert "ne répond pas" in refused(folder)


@pytest.mark.parametrize("variable", ["WORKSHOP_OFFLINE", "HF_HUB_OFFLINE"])
def test_cut_off_on_purpose_it_does_not_try(folder, hub, monkeypatch, variable):
    monkeypatch.setenv(variable, "1")
    base_settings.settings.cache_clear()
    assert "réseau est coupé" in refused(folder)
    assert hub.asked == []


def test_a_full_disk_or_a_stranger_error_is_one_sentence(folder, hub, monkeypatch):
    from workshop.sharing import hub as module

    for error, said in ((OSError(errno.ENOSPC, "full"), "disque"), (RuntimeError(GOOD), "RuntimeError")):
        monkeypatch.setattr(module, "_commit", lambda *_, error=error: (_ for _ in ()).throw(error))
        hub.repositories.clear()
        assert said in refused(folder)
