"""Values that make no sense, and consoles that take nothing: one sentence, or none at all, and never a traceback."""

import json
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from tests.conftest import ROOT
from workshop import cli, gpt2, tokens
from workshop.base.errors import DISK_FULL, WorkshopError
from workshop.base.settings import settings
from workshop.base.values import require_between, require_whole
from workshop.generation.sampling import Sampling
from workshop.generation.streaming import generate
from workshop.gpt2.finetuning import FineTuning, planned_steps
from workshop.gpt2.model import negative_log_likelihood

NAN, INFINITY = float("nan"), float("inf")


HUGE = 10**400
NO_NUMBERS = (None, True, "3", b"3", [3], 3 + 4j, NAN, HUGE, -HUGE)


@pytest.mark.parametrize("size", [256, 50, 0, -3, 300.5, *NO_NUMBERS])
def test_a_vocabulary_holds_the_bytes(size) -> None:
    with pytest.raises(
        WorkshopError, match=r"^vocab_size vaut .*\u00a0: prenez un entier d’au (moins 257|plus .*), par exemple 8192\.$"
    ):
        tokens.train_bpe(["la pluie"], size)
    assert len(tokens.train_bpe(["la pluie"], 257)) == 257


@pytest.mark.parametrize(
    "texts",
    ["la pluie", b"la", None, 3, [], iter(()), [None], ["la", 3], [["la", None]], ["la\udce9"]],
    ids=lambda texts: type(texts).__name__,
)
def test_what_a_tokenizer_learns_from_is_a_list_of_texts(texts) -> None:
    with pytest.raises(WorkshopError, match=r"^(texts|Il n’y a aucun texte) .*\.$|^texts\[\d\] .*\.$"):
        tokens.train_bpe(texts, 300)
    assert len(tokens.train_bpe([["la pluie", "la nuit"], ["la lune"]], 300)) == len(
        tokens.train_bpe(["la pluie", "la nuit", "la lune"], 300)
    )


@pytest.mark.parametrize("text", [None, True, 3, [], ["la"], b"la", "la\udce9"], ids=repr)
def test_what_a_model_reads_is_a_text(tiny_gpt2, writer, text) -> None:
    for use in (lambda: negative_log_likelihood(*tiny_gpt2, text), lambda: generate(writer, text, Sampling(max_new_tokens=1))):
        with pytest.raises(WorkshopError, match=r"un seul texte|d’aucune écriture"):
            use()


def test_a_length_of_nothing() -> None:
    with pytest.raises(WorkshopError, match="max_length vaut 0"):
        tokens.train_bpe(["la pluie"], 300, 0)


@pytest.mark.parametrize("windows", [(32, 64), (0, 1), (16, 0), (16, -1), (1024, 128), (65, 8), (32.5, 8)])
def test_windows_of_a_likelihood(tiny_gpt2, invented_text, windows) -> None:
    context, stride = windows
    with pytest.raises(WorkshopError, match="vaut"):
        negative_log_likelihood(*tiny_gpt2, invented_text[:200], context=context, stride=stride)


def test_the_longest_windows_are_right(tiny_gpt2, invented_text) -> None:
    assert negative_log_likelihood(*tiny_gpt2, invented_text[:200], context=64, stride=64) > 0


@pytest.mark.parametrize(
    "values",
    [
        *({name: 2.5} for name in ("top_k", "seed", "max_new_tokens", "num_beams", "no_repeat_ngram_size")),
        *({name: NAN} for name in ("temperature", "top_p", "repetition_penalty")),
        {"max_new_tokens": 8.0},
        {"top_k": "3"},
        {"repetition_penalty": INFINITY},
        {"num_beams": 1_000_000},
        *({field.name: value} for field in fields(Sampling) for value in NO_NUMBERS),
    ],
    ids=lambda values: str(values)[:40],
)
def test_sampling(values) -> None:
    with pytest.raises(WorkshopError, match=r"vaut|positive"):
        Sampling(**values)


@pytest.mark.parametrize(
    "values",
    [
        *({name: 0} for name in ("batch_size", "evaluations", "accumulation", "evaluation_blocks", "learning_rate", "epochs")),
        *({name: -5} for name in ("max_steps", "seed", "weight_decay", "warmup_ratio", "interpolation")),
        *({name: NAN} for name in ("learning_rate", "epochs", "warmup_ratio", "weight_decay", "interpolation")),
        {"epochs": INFINITY},
        {"warmup_ratio": 1.5},
        {"interpolation": 0.0},
        {"batch_size": 2.5},
        {"seed": 2**32},
        *({field.name: value} for field in fields(FineTuning) for value in NO_NUMBERS),
    ],
    ids=lambda values: str(values)[:40],
)
def test_fine_tuning(values) -> None:
    with pytest.raises(
        WorkshopError, match=rf"^{next(iter(values))} vaut .*\u00a0: prenez un (?:entier|nombre) .*, par exemple .*\.$"
    ):
        planned_steps(10, FineTuning(**values))


def test_sentences_in_full() -> None:
    with pytest.raises(WorkshopError, match=r"^k vaut 8,0\u00a0: prenez un entier d’au moins 1, par exemple 50\.$"):
        require_whole("k", 8.0, 1, 50)
    with pytest.raises(WorkshopError, match=r"^p vaut 2\u00a0: prenez un nombre entre 0 et 1 \(mais pas 0\), par exemple 0,9\.$"):
        require_between("p", 2, 0, 1, 0.9, low_included=False)
    require_whole("k", 3, 1, 50)
    require_between("p", 1, 0, 1, 0.9)


def test_weights_that_are_no_numbers(tiny_gpt2, tmp_path: Path) -> None:
    import copy

    model, tokenizer = copy.deepcopy(tiny_gpt2[0]), tiny_gpt2[1]
    model.transformer.ln_f.weight.data[3] = NAN
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    with pytest.raises(WorkshopError, match=r"ne sont pas des nombres \(NaN\)"):
        gpt2.load(str(tmp_path))


def test_a_tokenizer_larger_than_the_table(tiny_gpt2, tmp_path: Path, invented_text: str) -> None:
    tiny_gpt2[0].save_pretrained(tmp_path)
    tokens.train_bpe([invented_text], 310).save_pretrained(tmp_path)
    with pytest.raises(WorkshopError, match="connaît 310 tokens, et le modèle 300 seulement"):
        gpt2.load(str(tmp_path))


def test_max_steps_of_the_command() -> None:
    done = _run(["finetune", "--max-steps", "-5"])
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "max_steps vaut −5" in done.stderr


def _run(arguments: list[str], **options) -> subprocess.CompletedProcess[str]:
    environment = {"WORKSHOP_COLLECTION": "veillees", "WORKSHOP_OFFLINE": "1", "PYTHONPATH": str(ROOT)}
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    command = [sys.executable, "-m", "workshop", *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ | environment, encoding="utf-8", **options)


@pytest.mark.skipif(os.name == "nt", reason="pipes of Unix")
@pytest.mark.parametrize("command", [["books"], ["--help"]], ids=str)
def test_a_closed_pipe_ends_quietly(command) -> None:
    """As « | head -c 20 » does it: the reader leaves before the first word."""
    read, write = os.pipe()
    os.close(read)
    done = _run(command, stdout=write)
    os.close(write)
    assert done.stderr == "" and done.returncode in ((141,) if command == ["books"] else (0, 141))  # argparse may have heard it


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_a_full_device_is_one_sentence() -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = _run(["books"], stdout=full)
    assert done.returncode == 1
    assert done.stderr.strip().startswith("❌ Il n’y a plus de place") and done.stderr.strip().count("\n") == 0


@pytest.mark.skipif(os.name == "nt", reason="a shell of Unix")
def test_a_console_that_is_closed_takes_nothing(tmp_path) -> None:
    command = f"{sys.executable} -m workshop reset >&-"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "WORKSHOP_OUTPUTS": str(tmp_path)}
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, env=environment, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stdout) == (0, "") and "Traceback" not in done.stderr


@pytest.mark.parametrize("number", DISK_FULL)
def test_every_way_to_have_no_place_left_is_the_same_sentence(number, monkeypatch, capfd) -> None:
    def full(_) -> int:
        """Fill the disk."""
        raise OSError(number, os.strerror(number), "x")

    monkeypatch.setitem(cli.COMMANDS, "reset", full)
    monkeypatch.setattr(cli, "_say_no_more", lambda: None)
    assert cli.main(["reset"]) == 1
    assert "plus de place" in capfd.readouterr().err


@pytest.mark.parametrize("command", [["reset"], ["slides"], ["serve", "--port", "0"], ["serve", "--room", "--port", "0"]])
def test_results_that_cannot_go_where_they_are_to_go_are_a_sentence(command, monkeypatch, tmp_path, capfd) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("WORKSHOP_OUTPUTS", str(tmp_path / "file"))
    settings.cache_clear()
    assert cli.main(command) == 1
    said = capfd.readouterr().err.strip()
    assert f"❌ «\u00a0{tmp_path / 'file'}" in said and "WORKSHOP_OUTPUTS" in said and "Traceback" not in said
    settings.cache_clear()


@pytest.mark.parametrize("command", ["app", "serve"])
@pytest.mark.parametrize(
    "place", [["--port=-1"], ["--port=99999"], ["--ip=nulle-part.invalid"], ["--ip=192.0.2.1"], ["--ip=::zz"]], ids=str
)
def test_an_address_at_which_nothing_can_listen_is_a_sentence(command, place, capfd) -> None:
    assert cli.main([command, *place]) == 1
    assert "❌ On ne peut pas écouter sur" in capfd.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="devices of Unix")
@pytest.mark.parametrize("command", ["page", "pack"])
def test_a_device_is_not_replaced(command, tmp_path, capfd) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert cli.main([command, str(tmp_path / "pipe")]) == 1
    assert "n’est pas un fichier" in capfd.readouterr().err and not (tmp_path / "pipe").is_file()


def test_a_folder_of_nobody_is_no_traceback(tmp_path, capfd) -> None:
    (tmp_path / "atelier.zip").touch()
    assert cli.main(["unpack", str(tmp_path / "atelier.zip"), "~personne/u"]) == 1
    assert "❌" in capfd.readouterr().err


def test_an_error_that_names_no_file_is_not_hidden(monkeypatch) -> None:
    def broken(_) -> int:
        """Fail."""
        raise OSError("a fault of ours")

    monkeypatch.setitem(cli.COMMANDS, "reset", broken)
    with pytest.raises(OSError, match="a fault of ours"):
        cli.main(["reset"])


@pytest.mark.parametrize(
    ("console", "shown"), [("cp1252:strict", "1?000 bits, ?, l’été"), ("ascii:surrogateescape", "1?000 bits, ?, l??t?")]
)
def test_a_console_that_is_not_utf8(console: str, shown: str) -> None:
    """What a chapter prints when it is run as a script, into a file, under Windows; or under the locale C."""
    code = "import workshop.base.settings; print('1\\u202f000 bits, \\u2b1c, l\\u2019\\u00e9t\\u00e9')"
    environment = os.environ | {"PYTHONIOENCODING": console, "PYTHONUTF8": "0", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode("cp1252").strip() == shown


def test_every_case_is_tested() -> None:
    """The calls of ``tests/cases`` are those above; a new one is to be tested too."""
    calls = " ".join(case["call"] for case in json.loads((ROOT / "tests/cases/arguments.json").read_text(encoding="utf-8")))
    assert calls.count("(") == 7
    assert all(name in calls for name in ("train_bpe", "negative_log_likelihood", "Sampling", "FineTuning"))
