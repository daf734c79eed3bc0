"""What writes the page: what is in it, how it is written, which models it takes, and the sentence for those that it refuses."""

import copy
import hashlib
import json
import re
from base64 import b64decode, b64encode
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from transformers import LlamaConfig, LlamaForCausalLM

from tests.page import needs_node, run_loaded, written
from tests.test_slides import loads
from workshop import cli, steps
from workshop.base.errors import WorkshopError
from workshop.base.keeping import record
from workshop.base.typography import normalise
from workshop.generation.sampling import Sampling
from workshop.generation.streaming import Gpt2Writer, generate
from workshop.page import build, weights

PROMPT = "Le meunier posa son sac"


@pytest.fixture
def tiny(tiny_gpt2, tmp_path) -> Path:
    """The folder of the tiny GPT-2, on a path as people have them."""
    return save(tiny_gpt2, tmp_path / "Mes modèles à moi" / "l’été d’Été")


def save(tiny_gpt2, folder: Path) -> Path:
    for part in tiny_gpt2:
        part.save_pretrained(folder)
    return folder


def change(folder: Path, name: str = "config.json", **values) -> None:
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | values), encoding="utf-8")


def inside(page: str, name: str):
    """What an element of the page holds."""
    [text] = re.findall(rf'<script type="[\w/]+" id="{name}">(.*?)</script>', page, re.DOTALL)
    return json.loads(text) if page[page.index(f'id="{name}"') - 10 : page.index(f'id="{name}"')].endswith('json" ') else text


def tell(path: Path, folder: Path, prompt: str = PROMPT, length: int = 30) -> dict[str, str]:
    """What each model of a written page writes, run from what the page holds."""
    page = path.read_text(encoding="utf-8")
    models = [model | {"weights": inside(page, f"weights-{model['name']}")} for model in inside(page, "models")]
    requests = [
        {"type": "generate", "model": model["name"], "prompt": prompt, "settings": {"topK": 1, "length": length}}
        for model in models
    ]
    job = {
        "source": inside(page, "worker-source"),
        "models": models,
        "tokenizer": inside(page, "tokenizer"),
        "requests": requests,
    }
    answers = run_loaded(job, folder)["answers"]
    return {model["name"]: written(answer) for model, answer in zip(models, answers, strict=True)}


# --- what is in it --------------------------------------------------------------------------------------------------------------


def test_the_page_of_the_base_model_is_light_and_asks_nothing_of_anybody(tmp_path):
    out = build.write(tmp_path / "page.html")
    page = out.read_text(encoding="utf-8")
    assert out.stat().st_size <= 11e6
    assert not re.search(r"\{\{|<!-- \w+(: \S+)? -->", page.split("<script type=")[0])  # every mark was replaced
    assert loads(page.split("<script type=")[0]) == [] and not re.search(r"\son[a-z]+=\"", page.split("<script type=")[0])
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == rules["connect-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert "unsafe" not in rules["script-src"] and rules["worker-src"] == "blob:"


def test_the_policy_lets_the_scripts_of_the_page_run_and_no_other(tiny, tmp_path):
    page = build.write(tmp_path / "page.html", [str(tiny)]).read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    allowed = re.findall(r"'sha256-([^']+)'", page)
    assert [b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in scripts] == allowed and scripts


def test_nothing_in_the_page_can_end_a_script(tiny, tmp_path):
    change(tiny, "tokenizer.json")
    tokenizer = json.loads((tiny / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer["added_tokens"][0]["content"] = "</script><img src=x onerror=alert(1)>"
    (tiny / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    page = build.write(tmp_path / "page.html", [str(tiny)]).read_text(encoding="utf-8")
    assert "<img" not in page
    assert inside(page, "tokenizer") == tokenizer


def test_the_sentences_are_whole_many_and_of_the_book_that_no_model_has_read():
    sentences = build.sentences()
    assert 150 <= len(sentences) <= build.SENTENCES and sentences == build.sentences()
    test_book = " ".join(normalise(steps.cleaning.clean(*veillees_test()).text).split())
    assert all(sentence in test_book for sentence in sentences)


def veillees_test() -> tuple[str, str, str]:
    book = next(book for book in steps.corpus.catalogue("veillees") if book.role == "test")
    return steps.corpus.read(book).text, book.title, book.role


@needs_node
def test_two_models_in_a_page_each_write_their_own_story(tiny, tiny_gpt2, tmp_path):
    other = copy.deepcopy(tiny_gpt2[0])
    with torch.no_grad():
        other.transformer.wpe.weight.add_(torch.randn_like(other.transformer.wpe.weight))
    save((other, tiny_gpt2[1]), tmp_path / "other" / tiny.name)
    out = build.write(tmp_path, [str(tiny), str(tmp_path / "other" / tiny.name)])
    page = out.read_text(encoding="utf-8")
    assert out == tmp_path / "page.html"
    names, titles = ([model[key] for model in inside(page, "models")] for key in ("name", "title"))
    assert len(set(names)) == 2 and titles == [tiny.name, tiny.name]
    told = tell(out, tmp_path)
    assert told[names[0]] != told[names[1]]


@needs_node
def test_the_specialised_model_tells_its_story_from_a_folder_with_spaces_and_accents(
    veillees, tiny_gpt2, tmp_path, monkeypatch, capsys
):
    """As after chapter 04: ``python -m workshop page --model specialised``."""
    out = tmp_path / "Clé USB de Zoé" / "mon modèle.html"
    out.parent.mkdir()
    command = ["page", str(out), "--model", "specialised"]
    assert cli.main(command) == 1 and not list(out.parent.iterdir())
    assert "chapitre 04" in capsys.readouterr().err
    place = save(tiny_gpt2, steps.folder("gpt2"))
    record(place, {"books": "all of them"})
    assert cli.main(command) == 0
    said = capsys.readouterr().out
    assert str(out) in said and "Mo" in said and "double clic" in said and len(said.strip().splitlines()) == 1
    expected = generate(Gpt2Writer(*tiny_gpt2), PROMPT, Sampling(top_k=1, top_p=1, max_new_tokens=30))
    assert tell(out, tmp_path)["specialised"].rstrip("\ufffd") == expected


# --- how it is written ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), OSError(28, "No space left on device")], ids=repr)
@pytest.mark.parametrize("moment", ["write", "replace"])
def test_an_interrupted_write_leaves_what_was_there(interruption, moment, tiny, tmp_path, monkeypatch):
    out = tmp_path / "pages" / "page.html"
    out.parent.mkdir()
    out.write_text("before", encoding="utf-8")

    def interrupt(*_, **__):
        raise interruption

    class Cut:
        """A file that takes half of what it is given."""

        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def write(self, text):
            self.file.write(text[: len(text) // 2])
            interrupt()

    if moment == "replace":
        monkeypatch.setattr(build.os, "replace", interrupt)
    else:
        fdopen = build.os.fdopen
        monkeypatch.setattr(build.os, "fdopen", lambda *a, **k: Cut(fdopen(*a, **k)))
    with pytest.raises(KeyboardInterrupt if isinstance(interruption, KeyboardInterrupt) else WorkshopError):
        build.write(out, [str(tiny)])
    assert [path.name for path in out.parent.iterdir()] == ["page.html"] and out.read_text(encoding="utf-8") == "before"


def test_a_place_that_does_not_exist_is_one_sentence(tiny, tmp_path, capsys):
    assert cli.main(["page", str(tmp_path / "nowhere" / "page.html"), "--model", str(tiny)]) == 1
    said = capsys.readouterr().err.strip()
    assert "nowhere" in said and "choisissez un dossier" in said and len(said.splitlines()) == 1


def test_by_default_the_page_goes_to_the_outputs(veillees, tiny):
    assert build.write(models=[str(tiny)]) == veillees / "page.html"


# --- which models ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
def test_other_precisions_are_read_as_they_are(dtype, tiny, tiny_gpt2):
    model = copy.deepcopy(tiny_gpt2[0]).to(getattr(torch, dtype))
    model.save_pretrained(tiny)
    packed = weights.pack(tiny, "f32")
    first = packed.tensors[0]
    found = np.frombuffer(packed.data[first["offset"] :][: first["length"]], "<f4").reshape(first["shape"])
    np.testing.assert_array_equal(found, model.transformer.wte.weight.detach().float().numpy())


def test_a_model_in_several_files_is_the_same(tiny, tiny_gpt2, tmp_path):
    whole = weights.pack(tiny)
    (tiny / "model.safetensors").unlink()
    tiny_gpt2[0].save_pretrained(tiny, max_shard_size="40KB")
    assert len(list(tiny.glob("model-*.safetensors"))) > 1
    assert weights.pack(tiny).data == whole.data


def test_each_row_is_rounded_with_its_own_scale():
    matrix = np.array([[1.0, -0.5, 0.0], [0.001, 0.0005, -0.001], [0, 0, 0]], dtype=np.float32)
    data = weights._rounded(matrix)
    scales, rounded = np.frombuffer(data[:12], "<f4"), np.frombuffer(data[12:], np.int8).reshape(3, 3)
    np.testing.assert_allclose(rounded * scales[:, None], matrix, atol=0.5 / 127, rtol=0)
    assert rounded[0].tolist() == [127, -64, 0] and rounded[1].tolist() == [127, 64, -127] and not rounded[2].any()


def llama(folder: Path) -> None:
    config = LlamaConfig(
        vocab_size=300, hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2
    )
    LlamaForCausalLM(config).save_pretrained(folder)


def crowd(folder: Path) -> None:
    """Give the tokenizer a token that has no vector."""
    added = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["added_tokens"]
    change(folder, "tokenizer.json", added_tokens=[*added, added[0] | {"id": 300, "content": "<|un de trop|>"}])


def spoil(folder: Path, name: str, value: float | None) -> None:
    """Take a tensor away, or put something else in it."""
    path = folder / "model.safetensors"
    tensors = {key: array.copy() for key, array in load_file(path).items()}
    if value is None:
        del tensors[name]
    else:
        tensors[name][0] = value
    save_file(tensors, path)


REFUSED = {
    "llama": (llama, "llama"),
    "another activation": (lambda folder: change(folder, activation_function="relu"), "activation_function"),
    "an output layer of its own": (lambda folder: change(folder, tie_word_embeddings=False), "tie_word_embeddings"),
    "another attention": (lambda folder: change(folder, scale_attn_by_inverse_layer_idx=True), "scale_attn_by_inverse"),
    "other sizes": (lambda folder: change(folder, n_embd=64), "wte"),
    "no number of layers": (lambda folder: change(folder, n_layer="deux"), "n_layer"),
    "no heads": (lambda folder: change(folder, n_head=0), "n_head"),
    "more layers than there are": (lambda folder: change(folder, n_layer=3), "h.2."),
    "no configuration": (lambda folder: (folder / "config.json").unlink(), "config.json"),
    "a configuration cut short": (lambda folder: (folder / "config.json").write_text('{"model_type": "gp'), "config.json"),
    "no safetensors": (lambda folder: (folder / "model.safetensors").rename(folder / "pytorch_model.bin"), "model.safetensors"),
    "weights cut short": (lambda folder: (folder / "model.safetensors").write_bytes(b"\x10\0\0"), "illisible"),
    "a tensor missing": (lambda folder: spoil(folder, "transformer.ln_f.bias", None), "ln_f.bias"),
    "not a number": (lambda folder: spoil(folder, "transformer.ln_f.bias", np.nan), "ln_f.bias"),
    "no tokenizer": (lambda folder: (folder / "tokenizer.json").unlink(), "tokenizer.json"),
    "another tokenizer": (lambda folder: change(folder, "tokenizer.json", decoder={"type": "Metaspace"}), "octets"),
    "a tokenizer too large": (crowd, "vocabulaire"),
    "too large for a page": (lambda folder: change(folder, n_embd=1600, n_layer=48), "millions"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_model_that_the_page_cannot_run_is_one_sentence(case, tiny, tmp_path, capsys):
    spoil_it, reason = REFUSED[case]
    spoil_it(tiny)
    capsys.readouterr()
    assert cli.main(["page", str(tmp_path / "page.html"), "--model", str(tiny)]) == 1
    said = capsys.readouterr().err.strip()
    assert reason in said and len(said.splitlines()) == 1 and "Traceback" not in said
    assert not (tmp_path / "page.html").exists()


def test_a_folder_that_does_not_exist_is_one_sentence(tmp_path, capsys):
    assert cli.main(["page", str(tmp_path / "page.html"), "--model", str(tmp_path / "nowhere")]) == 1
    assert "n’existe pas" in capsys.readouterr().err


def test_three_models_or_two_that_do_not_share_a_tokenizer_are_one_sentence(tiny, tiny_gpt2, tmp_path):
    with pytest.raises(WorkshopError, match="en voici 3"):
        build.load(["base", "specialised", str(tiny)])
    with pytest.raises(WorkshopError, match="tokenizer"):
        build.load(["base", str(tiny)])


def test_the_weights_of_the_page_are_those_of_the_model(tiny, tiny_gpt2, tmp_path):
    page = build.write(tmp_path / "page.html", [str(tiny)]).read_text(encoding="utf-8")
    [model] = inside(page, "models")
    data = b64decode(inside(page, f"weights-{model['name']}"))
    by_name = {tensor["name"]: tensor for tensor in model["tensors"]}
    neurons = by_name["h.0.mlp.c_fc.weight"]
    rows, columns = neurons["shape"]
    part = data[neurons["offset"] :][: neurons["length"]]
    scales, rounded = np.frombuffer(part[: 4 * rows], "<f4"), np.frombuffer(part[4 * rows :], np.int8, rows * columns)
    expected = tiny_gpt2[0].transformer.h[0].mlp.c_fc.weight.detach().numpy().T  # a row for each neuron
    np.testing.assert_allclose(rounded.reshape(rows, columns) * scales[:, None], expected, atol=np.abs(expected).max() / 250)
