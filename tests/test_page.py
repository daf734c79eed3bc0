"""The network in one file: its JavaScript against PyTorch and Python, run by Node."""

import copy
import hashlib
import json
import math
import random
import shutil
import subprocess
import tarfile

import numpy as np
import pytest
import torch

from tests.conftest import ROOT
from tests.page import needs_node, run, written
from workshop import corpus
from workshop.generation.sampling import Sampling, next_distribution
from workshop.generation.streaming import Gpt2Writer, stream
from workshop.page import build, weights

pytestmark = needs_node
EMBEDDED = ROOT / "data" / "models" / "gpt2-fr"
PROMPTS = (
    "Il y avait une fois, au bord de la rivière, un meunier qui n'avait jamais vu la mer. " * 5,
    "— Vous voilà bien tard, dit la fermière; avez-vous perdu votre âne en chemin?\n" * 4,
    "À cœur vaillant, rien d'impossible… 1848, 👩‍🌾, Ελλάς! " * 6,
)


@pytest.fixture(scope="session")
def tiny(tiny_gpt2, tmp_path_factory) -> weights.Packed:
    """The tiny GPT-2 of 64 positions, exactly as PyTorch has it."""
    folder = tmp_path_factory.mktemp("tiny")
    for part in tiny_gpt2:
        part.save_pretrained(folder)
    return weights.pack(folder, "f32")


@pytest.fixture(scope="session")
def embedded():
    """The GPT-2 of the workshop in PyTorch, with its tokenizer."""
    from workshop import gpt2

    model, tokenizer = gpt2.load(str(EMBEDDED))
    return model.float(), tokenizer


def ask(packed: weights.Packed, folder, *requests: dict, **options) -> list[list[dict]]:
    """What the worker answers to each request about the model « t »."""
    return run([("t", packed)], folder, requests=[{"model": "t", **request} for request in requests], **options)["answers"]


# --- the network ----------------------------------------------------------------------------------------------------------------


def test_the_scores_are_those_of_pytorch(embedded, tmp_path):
    model, tokenizer = embedded
    texts = [tokenizer(text)["input_ids"][:80] for text in PROMPTS]
    assert sum(map(len, texts)) >= 200
    found = run([("t", weights.pack(EMBEDDED, "f32"))], tmp_path, logits=texts)["logits"]
    for ids, scores in zip(texts, found, strict=True):
        with torch.inference_mode():
            expected = model(torch.tensor([ids])).logits[0].numpy()
        np.testing.assert_allclose(np.array(scores), expected, rtol=0, atol=1e-4)


def test_rounding_to_a_byte_moves_the_scores_but_little(embedded, tmp_path):
    ids = embedded[1](PROMPTS[0])["input_ids"][:30]
    exact, rounded = (
        np.array(run([("t", weights.pack(EMBEDDED, scheme))], tmp_path, logits=[ids])["logits"]) for scheme in ("f32", "int8")
    )
    assert 0 < np.abs(exact - rounded).max() < 0.02 * np.abs(exact).max()


@pytest.mark.slow
def test_rounding_to_a_byte_loses_less_than_a_hundredth_of_a_bit(tmp_path):
    from tests.bench import page

    measured = page.bits(tmp_path, most=1000)
    assert measured["int8"] - measured["f32"] <= 0.01


def test_it_writes_what_python_writes_far_beyond_its_positions(tiny_gpt2, tmp_path):
    """With top-k = 1 nothing is left to chance: the same tokens, and the window slides at the same places."""
    model, tokenizer = copy.deepcopy(tiny_gpt2[0]), tiny_gpt2[1]
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if not name.endswith("bias") and ".ln_" not in name:
                weight.mul_(8)  # untrained it would repeat itself: here, each token depends on all those before
    for part in (model, tokenizer):
        part.save_pretrained(tmp_path / "wild")
    request = {"type": "generate", "prompt": "Le meunier ", "settings": {"topK": 1, "length": 200}}
    [messages] = ask(weights.pack(tmp_path / "wild", "f32"), tmp_path, request)
    tokens = list(
        stream(Gpt2Writer(model, tokenizer), "Le meunier ", Sampling(temperature=1, top_k=1, top_p=1, max_new_tokens=200))
    )
    assert [message["token"]["id"] for message in messages[1:-1]] == [token.id for token in tokens]
    assert len({token.id for token in tokens}) > 10 and len(tokens) > 130


@pytest.mark.parametrize("settings", [
    {}, {"temperature": 0.3}, {"temperature": 2.5}, {"topK": 1}, {"topK": 7}, {"topK": 10_000}, {"topP": 0.5}, {"topP": 1e-9},
    {"temperature": 0.7, "topK": 20, "topP": 0.8}, {"repetitionPenalty": 1.3}, {"temperature": 0.01, "topK": 5, "topP": 0.9},
], ids=str)  # fmt: skip
def test_settings_mean_what_they_mean_in_python(settings, tiny, tiny_gpt2, tmp_path):
    ids = [5, 9, 40, 5, 77]
    [[answer]] = ask(tiny, tmp_path, {"type": "rivals", "tokens": ids, "count": 300, "settings": settings})
    with torch.inference_mode():
        logits = tiny_gpt2[0](torch.tensor([ids])).logits[0, -1].double().numpy()
    named = {"temperature": 1.0, "top_k": settings.get("topK", 0), "top_p": settings.get("topP", 1.0)}
    named |= {"temperature": settings.get("temperature", 1.0), "repetition_penalty": settings.get("repetitionPenalty", 1.0)}
    expected = next_distribution(logits, Sampling(**named), ids)
    found = {rival["id"]: rival["kept"] for rival in answer["rivals"]}
    np.testing.assert_allclose([found[id] for id in range(300)], expected, atol=1e-5)
    probabilities = [rival["probability"] for rival in answer["rivals"]]
    assert probabilities == sorted(probabilities, reverse=True) and math.isclose(sum(probabilities), 1, abs_tol=1e-6)


def test_chance_draws_each_token_as_often_as_it_is_probable(tiny, tmp_path):
    requests = [{"type": "rivals", "tokens": [5], "count": 300, "settings": {"topK": 4}}]
    requests += [{"type": "generate", "tokens": [5], "settings": {"topK": 4, "length": 1, "seed": seed}} for seed in range(400)]
    [[rivals], *stories] = ask(tiny, tmp_path, *requests)
    drawn = [story[1]["token"]["id"] if story[1]["type"] == "token" else 0 for story in stories]
    for rival in rivals["rivals"][:4]:
        spread = math.sqrt(rival["kept"] * (1 - rival["kept"]) / 400)
        assert abs(drawn.count(rival["id"]) / 400 - rival["kept"]) < 4 * spread
    assert set(drawn) <= {rival["id"] for rival in rivals["rivals"][:4]}


# --- the worker -----------------------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_text_alone_or_in_company(tiny, tmp_path):
    story = {"type": "generate", "prompt": "La vieille horloge", "settings": {"length": 60, "seed": 7}}
    other = {**story, "settings": {"length": 60, "seed": 8}}
    together = ask(tiny, tmp_path, story, other, {"type": "rivals", "tokens": [3, 4]}, {**story}, together=True)
    alone = ask(tiny, tmp_path, story, other)
    assert written(together[0]) == written(together[3]) == written(alone[0])
    assert written(together[1]) == written(alone[1]) != written(alone[0])


def test_a_story_goes_on_from_any_of_its_tokens(tiny, tmp_path):
    """Cut a text that was written in one go, beyond the positions, and go on from there: the same text comes."""
    whole = {"type": "generate", "prompt": "Le vent souffla. " * 30, "settings": {"topK": 1, "length": 120}}
    [first] = ask(tiny, tmp_path, whole)
    ids = [token["id"] for token in first[0]["tokens"]] + [m["token"]["id"] for m in first if m["type"] == "token"]
    assert len(first[0]["tokens"]) > 64 and first[-1]["reason"] == "length"
    cut = len(ids) - 50
    _, again, alone = ask(
        tiny,
        tmp_path,
        whole,
        {"type": "generate", "tokens": ids[:cut], "settings": {"topK": 1, "length": 50}},
        {"type": "score", "tokens": ids[cut - 5 :]},
    )
    assert [m["token"]["id"] for m in again if m["type"] == "token"] == ids[cut:]
    assert [token["id"] for token in again[0]["tokens"]] == ids[:cut]
    assert alone[0]["type"] == "score" and alone[0]["probabilities"][0] is None


def test_each_token_comes_with_the_probability_that_the_model_gave_it(tiny, tiny_gpt2, tmp_path):
    start = [5, 9, 40]
    story, scored = ask(
        tiny,
        tmp_path,
        {"type": "generate", "tokens": start, "settings": {"length": 20, "seed": 1, "temperature": 0.5, "topK": 50}},
        {"type": "score", "tokens": list(range(1, 200))},  # longer than the positions: read piece by piece
    )
    ids = start + [message["token"]["id"] for message in story[1:-1]]
    with torch.inference_mode():
        expected = tiny_gpt2[0](torch.tensor([ids])).logits[0].softmax(dim=-1).numpy()
    told = [token["probability"] for token in story[0]["tokens"]] + [message["token"]["probability"] for message in story[1:-1]]
    assert told[0] is None
    np.testing.assert_allclose(told[1:], [expected[n, id] for n, id in enumerate(ids[1:])], rtol=1e-4)
    assert scored[0]["probabilities"][0] is None and all(0 < chance < 1 for chance in scored[0]["probabilities"][1:])


def test_attention_is_that_of_pytorch(tiny, tiny_gpt2, tmp_path):
    ids = list(range(10, 30))
    [[answer]] = ask(tiny, tmp_path, {"type": "attention", "tokens": ids, "position": 12})
    model = copy.deepcopy(tiny_gpt2[0])
    model.set_attn_implementation("eager")
    with torch.inference_mode():
        layers = model(torch.tensor([ids]), output_attentions=True).attentions
    expected = np.stack([layer[0, :, 12, :13].numpy() for layer in layers])
    assert (answer["layers"], answer["heads"]) == expected.shape[:2]
    np.testing.assert_allclose(np.array(answer["weights"]).reshape(expected.shape), expected, atol=1e-5)


def test_stop_is_heard_between_two_tokens(tiny, tmp_path):
    endless = {"type": "generate", "prompt": "Le", "settings": {"length": 100_000, "seed": 2}, "stopAfter": 5}
    stopped, after = ask(tiny, tmp_path, endless, {**endless, "stopAfter": None, "settings": {"length": 5, "seed": 2}})
    assert stopped[-1]["reason"] == "stopped" and 5 <= len(stopped) - 2 <= 7
    assert after[-1]["reason"] == "length" and written(after) == written(stopped[:6])


def test_the_end_of_a_text_ends_it(tiny_gpt2, tmp_path):
    model, tokenizer = copy.deepcopy(tiny_gpt2[0]), tiny_gpt2[1]
    with torch.no_grad():
        model.transformer.ln_f.bias.copy_(10_000 * model.transformer.wte.weight[0])  # nothing is as likely as the end
    for part in (model, tokenizer):
        part.save_pretrained(tmp_path / "ends")
    [messages] = ask(weights.pack(tmp_path / "ends"), tmp_path, {"type": "generate", "prompt": "", "settings": {}})
    assert [message["type"] for message in messages] == ["prompt", "done"] and messages[-1]["reason"] == "end"
    assert messages[0]["tokens"] == [{"id": 0, "text": "", "probability": None}]  # no beginning: the mark between two texts


@pytest.mark.parametrize(("request_", "code", "detail"), [
    ({"type": "generate", "prompt": "Le", "settings": {"temperature": 0}}, "settings", "temperature"),
    ({"type": "generate", "prompt": "Le", "settings": {"topK": 2.5}}, "settings", "topK"),
    ({"type": "generate", "prompt": "Le", "settings": {"topP": 0}}, "settings", "topP"),
    ({"type": "generate", "prompt": "Le", "settings": {"length": "80"}}, "settings", "length"),
    ({"type": "generate", "prompt": "Le", "settings": {"seed": -1}}, "settings", "seed"),
    ({"type": "generate", "prompt": "Le", "model": "nobody"}, "model", "nobody"),
    ({"type": "generate", "tokens": []}, "prompt", "tokens"),
    ({"type": "rivals", "tokens": [300]}, "prompt", "tokens"),
    ({"type": "score", "tokens": [1.5]}, "prompt", "tokens"),
    ({"type": "nonsense"}, "internal", None),
], ids=str)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_the_worker_lives_on(request_, code, detail, tiny, tmp_path):
    [error], after = ask(tiny, tmp_path, request_, {"type": "encode", "text": "Le sac"})
    assert (error["type"], error["code"]) == ("error", code) and detail in (None, error["detail"])
    assert "".join(token["text"] for token in after[0]["tokens"]) == "Le sac"


# --- the tokenizer --------------------------------------------------------------------------------------------------------------


def nasty_strings() -> list[str]:
    """Two hundred texts that nobody would type, always the same."""
    lone = ["\ud800", "a\udfffb", "\udc00\ud800"]
    chosen = [
        "",
        " ",
        "\n",
        "\0",
        "\0a\0",
        "\t\t",
        "a" * 100_000,
        "Il était une fois. " * 5264,
        "é" * 3000,
        "<|endoftext|>",
        *lone,
    ]
    pieces = [
        *(
            "👩‍🌾",
            "🏳️‍🌈",
            "🇫🇷",
            "e\u0301",
            "\u0301",
            "a\u0300\u0323",
            "\0",
            "\t",
            "\r\n",
            "\u2028",
            "\u0085",
            "\ufeff",
            "\u200b",
            "\u00ad",
        ),
        *(
            "שלום",
            "مرحبا",
            "\u202eabc",
            "\u200f",
            "漢字",
            "한글",
            "𝔘𝔫𝔦",
            "ﬁ",
            "ǆ",
            "İ",
            "ß",
            "Œ",
            "oeil",
            "SOEUR",
            "\ud800",
            "\udc00",
        ),
        *("«", "»", " ?", "!", "--", "——", "...", "....", "’", "“", "”", "l'", "qu’", "-il", "<|endoftext|>", "<", "endoftext|>"),
        *(
            " ",
            "  ",
            "\u00a0",
            "\u202f",
            "\u3000",
            "\n\n",
            "1",
            "१२",
            "½",
            "²",
            "_",
            "a",
            "Z",
            "é",
            "\x7f",
            "\x1b",
            "\ufffd",
            "\U0010ffff",
        ),
    ]
    chance = random.Random(15)
    return chosen + ["".join(chance.choices(pieces, k=chance.randint(1, 40))) for _ in range(200 - len(chosen))]


def whole_characters(text: str) -> str:
    """The text as it can be encoded: half a character is U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def same_ids(texts: list[str], tokenizer, packed, folder) -> None:
    answers = ask(packed, folder, *({"type": "encode", "text": text} for text in texts))
    for text, [answer] in zip(texts, answers, strict=True):
        expected = tokenizer(whole_characters(text), add_special_tokens=False, verbose=False)["input_ids"]
        assert [token["id"] for token in answer["tokens"]] == expected, repr(text[:80])
        decoded = tokenizer.decode(expected, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        assert "".join(token["text"] for token in answer["tokens"]) == decoded, repr(text[:80])


def test_the_numbers_of_the_tokens_are_those_of_python_on_all_the_veillees(embedded, tmp_path):
    books = corpus.catalogue("veillees")
    texts = [(ROOT / "data" / "veillees" / book.file).read_bytes().decode(errors="replace") for book in books]
    assert len(texts) == 8 and sum(map(len, texts)) > 400_000
    same_ids(texts, embedded[1], weights.pack(EMBEDDED), tmp_path)


def test_the_numbers_of_the_tokens_are_those_of_python_on_nasty_strings(embedded, tmp_path):
    strings = nasty_strings()
    assert len(strings) == 200
    same_ids(strings, embedded[1], weights.pack(EMBEDDED), tmp_path)


def test_a_rival_that_is_a_piece_of_a_letter_is_called_by_its_name(tiny, tmp_path):
    [[answer]] = ask(tiny, tmp_path, {"type": "rivals", "tokens": [5], "count": 300})
    names = {rival["id"]: rival["text"] for rival in answer["rivals"]}
    vocabulary = tiny.tokenizer["model"]["vocab"]
    assert names[vocabulary["Ã"]] == "Ã" and names[vocabulary["Ġ"]] == " " and names[0] == "<|endoftext|>"


# --- the library that is vendored -----------------------------------------------------------------------------------------------


def vendored() -> dict[str, str]:
    return json.loads((build.VENDOR / "vendor.json").read_text(encoding="utf-8"))


def test_the_vendored_library_is_the_one_that_is_told():
    library = (build.VENDOR / "tokenizers.js").read_bytes()
    assert hashlib.sha256(library).hexdigest() == vendored()["sha256"]
    assert "Apache License" in (build.VENDOR / "LICENSE").read_text(encoding="utf-8")
    notice = f"{vendored()['name']} {vendored()['version']}, {vendored()['licence']}"
    assert notice in build.worker_source()


@pytest.mark.slow
def test_the_vendored_library_is_the_one_of_the_package(tmp_path):
    """Asks the registry of npm, if there is one."""
    npm, told = shutil.which("npm"), vendored()
    if npm is None:
        pytest.skip("needs npm to compare with the package")
    fetched = subprocess.run(
        [npm, "pack", f"{told['name']}@{told['version']}", "--pack-destination", tmp_path], capture_output=True, timeout=120
    )
    if fetched.returncode:
        pytest.skip("needs the registry of npm to compare with the package")
    [archive] = tmp_path.glob("*.tgz")
    with tarfile.open(archive) as files:
        for ours, theirs in {"tokenizers.js": told["file"], "LICENSE": "LICENSE"}.items():
            assert files.extractfile(f"package/{theirs}").read() == (build.VENDOR / ours).read_bytes()
