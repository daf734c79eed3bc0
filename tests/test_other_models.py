"""Any causal model goes through chapters 04 and 05; one that does not arrive is a true sentence, and a fallback."""

import copy
import json
import math
import re
import signal
import threading
import time
from urllib.parse import urlsplit

import huggingface_hub
import numpy as np
import pytest
import torch
import transformers
from tokenizers import Tokenizer, decoders, pre_tokenizers, trainers
from tokenizers import models as tokenizer_models
from transformers import GPT2Config, PreTrainedTokenizerFast, TextGenerationPipeline

from tests.model_troubles import HALVES, MODEL_TROUBLES, NAME, REFUSED, SNAPSHOT, in_trouble, leave_configuration, serving
from workshop import gpt2, plots, tokens
from workshop.assistant import lora, training
from workshop.base import causal, hub, models, settings
from workshop.base.errors import WorkshopError
from workshop.generation import Gpt2Writer, Sampling, continue_prompts, generate, stream
from workshop.generation.words import next_words
from workshop.gpt2.finetuning import FineTuning, fine_tune

SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48}
FAMILIES = {
    "llama": ("LlamaConfig", SIZES | {"num_key_value_heads": 2, "max_position_embeddings": 512}),
    "qwen2": ("Qwen2Config", SIZES | {"num_key_value_heads": 2, "max_position_embeddings": 512}),
    "gpt_neox": ("GPTNeoXConfig", SIZES | {"max_position_embeddings": 512}),
    "opt": ("OPTConfig", {"hidden_size": 32, "word_embed_proj_dim": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
                          "ffn_dim": 48, "max_position_embeddings": 512}),
    "bloom": ("BloomConfig", {"hidden_size": 32, "n_layer": 2, "n_head": 4}),
    "short gpt2": ("GPT2Config", {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 48}),
}  # fmt: skip


def sentencepiece(text):
    """A tokenizer as Llama's is: « ▁ » for a space, and none before what stands first."""
    tokenizer = Tokenizer(tokenizer_models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=["<unk>", "<s>", "</s>"], show_progress=False)
    tokenizer.train_from_iterator(text.splitlines(), trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


@pytest.fixture(params=FAMILIES)
def other(request, tiny_gpt2, invented_text, tmp_path):
    """A tiny untrained model of another family with its tokenizer, saved and loaded as chapters do; Qwen's has no beginning."""
    kind, sizes = FAMILIES[request.param]
    tokenizer = sentencepiece(invented_text) if request.param == "llama" else copy.deepcopy(tiny_gpt2[1])
    if request.param == "qwen2":
        tokenizer.bos_token = None
    ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": None}
    torch.manual_seed(0)
    config = getattr(transformers, kind)(vocab_size=len(tokenizer) + 3, **sizes, **ends)
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path / "model")
    tokenizer.save_pretrained(tmp_path / "model")
    return gpt2.load(str(tmp_path / "model"))


def test_it_is_drawn_and_counted_and_what_differs_is_said(other):
    model, _ = other
    figure = plots.decoder_block(model.config)
    plan, difference = gpt2.gpt2_plan(model.config), gpt2.what_differs(model)
    family = model.config.model_type
    assert (plan.n_embd, plan.n_layer, plan.n_head) == (32, 2, 4)
    if family == "gpt2":
        assert plan is model.config and not difference
        assert gpt2.count_parameters(plan) == model.num_parameters()
    else:
        assert f"ce modèle est un {family}" in difference and gpt2.count_parameters(plan) != model.num_parameters()
        assert f"ce {family}" in figure.axes[0].get_title() + figure.axes[0].get_title("left") + str(figure._suptitle)
    assert ("porte" in difference) == (family in {"llama", "qwen2"})
    assert ("partagent" in difference) == (family in {"llama", "qwen2"})
    assert ("calcul" in difference) == (family in {"llama", "qwen2", "gpt_neox", "bloom"})


def test_it_learns_pairs_whole_or_with_adapters(other):
    """Chapter 06: whatever its matrices, its beginning, its end and its padding (none here) are called."""
    model, tokenizer = other
    pairs = [{"question": "Qui boit ?", "answer": "mon âne"}, {"question": "Où ?", "answer": "au gué"}]
    whole, adapted = copy.deepcopy(model), lora.add_lora(copy.deepcopy(model), 2)
    assert all(counted > 0 for counted in lora.counted(adapted))
    for network, rate in ((whole, 5e-3), (adapted, 3e-2)):
        losses = training.train(network, tokenizer, pairs, training.Recipe(rate, epochs=6, batch_size=2))
        assert losses[-1] < losses[0]
        assert len(training.replies(network, tokenizer, ["Qui ?", "Où est-il ?"], most=4)) == 2
    ids, question = training.encode_pair(tokenizer, "Qui boit ?", "mon âne", 48)
    assert tokenizer.decode(ids[question:-1]).strip() == "mon âne" and ids[-1] == tokenizer.eos_token_id


def test_it_is_judged_on_all_its_tokens(other, invented_text):
    model, tokenizer = other
    text = invented_text[:400]
    nats = gpt2.negative_log_likelihood(model, tokenizer, text)
    ids = torch.tensor([[causal.start_id(tokenizer), *tokenizer(text, add_special_tokens=False)["input_ids"]]])
    assert 0.5 < nats / ((ids.shape[1] - 1) * math.log(model.config.vocab_size)) < 1.5  # untrained: about chance, for each token
    if ids.shape[1] < 256 and causal.positions(model.config) > 256:
        with torch.inference_mode():
            assert nats == pytest.approx(model(ids, labels=ids).loss.item() * (ids.shape[1] - 1), rel=0.02)


def test_it_is_specialised_and_writes(other, invented_text, tmp_path):
    model, tokenizer = other
    size = min(32, causal.positions(model.config))
    blocks = np.array(tokens.pack(tokens.encode_text(tokenizer, invented_text), size)[:24])
    before = gpt2.negative_log_likelihood(model, tokenizer, invented_text[:300])
    recipe = FineTuning(learning_rate=5e-3, epochs=3, batch_size=4, evaluations=1)
    result = fine_tune(model, tokenizer, blocks[:20], blocks[20:], tmp_path / "out", recipe)
    assert gpt2.negative_log_likelihood(result.model, tokenizer, invented_text[:300]) < 0.9 * before
    model, tokenizer = gpt2.load(str(tmp_path / "out"))
    writer = Gpt2Writer(model, tokenizer)
    writer.end_id = None
    for prompt in ("", "Le meunier posa son sac"):
        written = list(stream(writer, prompt, Sampling(max_new_tokens=60, seed=1)))
        assert len(written) == 60 and all(len(token.rivals) == 10 for token in written)
    assert generate(writer, "Le meunier", Sampling(max_new_tokens=5, num_beams=3))
    words = next_words(model, tokenizer, "Le meunier posa son")
    assert words and all(0 <= chance <= 1 for _, chance in words) and all(word.strip() == word for word, _ in words)
    pipeline = TextGenerationPipeline(model=model, tokenizer=tokenizer)
    prompts = ["Le meunier", "La vieille"]
    options = {"max_new_tokens": 4, "do_sample": False}
    assert [text.startswith(prompt) for text, prompt in zip(continue_prompts(pipeline, prompts, options), prompts, strict=True)]


def test_a_first_token_keeps_its_space(invented_text):
    tokenizer = sentencepiece(invented_text)
    ids = tokenizer("Le meunier posa son sac", add_special_tokens=False)["input_ids"]
    whole = tokenizer.decode(ids)
    first = next(place for place in range(1, len(ids)) if tokenizer.convert_ids_to_tokens(ids[place]).startswith("▁"))
    writer = Gpt2Writer(tiny(len(tokenizer)), tokenizer)
    assert tokenizer.decode(ids[:first]) + writer.decode(ids[first:]) == whole
    assert writer.spell(ids[first]).startswith(" ")


def tiny(vocabulary):
    return transformers.GPT2LMHeadModel(GPT2Config(vocab_size=vocabulary, n_embd=8, n_layer=1, n_head=1, n_positions=32))


def _leave_its_words_alone(folder):
    """Keep only the file that the libraries sentencepiece and tiktoken read, as first Llamas had it."""
    _say(model_type="llama", **SIZES)(folder)
    for path in folder.glob("*token*.json"):
        path.unlink()
    (folder / "tokenizer.model").write_bytes(b"\n\x0e\n\x05<unk>\x15\0\0\0\0\x18\x02")


def _say(**changes):
    def change(folder):
        file = folder / "config.json"
        file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | changes), encoding="utf-8")

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_say(model_type="of-tomorrow"), "d’une famille que .* ne connaît pas"),
        (
            _say(model_type="own", auto_map={"AutoConfig": "its.Config", "AutoModelForCausalLM": "its.Model"}),
            "du code à exécuter",
        ),
        (_leave_its_words_alone, "un paquet qui n’est pas installé"),
        (_say(quantization_config={"quant_method": "bitsandbytes", "load_in_4bit": True}), "un paquet qui n’est pas installé"),
        (lambda folder: (folder / "tokenizer.json").write_text("{}", encoding="utf-8"), "illisible .* refaites-le"),
    ],
)
def test_a_sound_model_that_cannot_be_used_here_is_not_called_damaged(change, sentence, tiny_gpt2, tmp_path):
    for part in tiny_gpt2:
        part.save_pretrained(tmp_path)
    change(tmp_path)
    with pytest.raises(WorkshopError, match=rf"{sentence}.*\.$") as caught:
        gpt2.load(str(tmp_path))
    assert ("effacez" in str(caught.value)) == ("illisible" in sentence)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to …"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:121] data. DefaultCPUAllocator: not enough memory: you tried to allocate …"),
        OSError(12, "Cannot allocate memory"),
        OSError("Le fichier de pagination est insuffisant pour terminer cette opération. (os error 1455)"),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."),  # once it is read, on its way to the card
    ],
    ids=str,
)
def test_a_model_too_large_for_the_memory_is_not_called_damaged(error, tiny_gpt2, tmp_path, monkeypatch):
    for part in tiny_gpt2:
        part.save_pretrained(tmp_path)

    def too_large(*_, **__):
        raise error

    on_the_card = isinstance(error, torch.OutOfMemoryError)
    place = (type(tiny_gpt2[0]), "to") if on_the_card else (gpt2.model.AutoModelForCausalLM, "from_pretrained")
    monkeypatch.setattr(*place, too_large)
    with pytest.raises(WorkshopError, match=r"ne tient pas dans la mémoire.* plus petit"):
        gpt2.load(str(tmp_path))


# --- models that do not arrive ----------------------------------------------------------------------------------------------


@pytest.fixture
def files(tiny_gpt2, tmp_path):
    """A model, which is the embedded one too."""
    for part in tiny_gpt2:
        part.save_pretrained(tmp_path / "data" / "models" / "gpt2-fr")
    return {path.name: path.read_bytes() for path in (tmp_path / "data" / "models" / "gpt2-fr").iterdir()}


@pytest.fixture
def ask_at(files, tmp_path, monkeypatch):
    """An empty cache, no patience; returns what says at which address the hub is."""
    constants = huggingface_hub.constants
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr("time.sleep", lambda _: None)  # the library's pauses between two attempts
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    for name in ("HF_HUB_OFFLINE", "WORKSHOP_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(hub, "PATIENCE", 0.5)
    monkeypatch.setattr(hub, "SILENCE", 2)

    def forget():
        settings.settings.cache_clear()
        models.new_session()
        huggingface_hub.close_session()  # it keeps the proxies that it saw first

    def at(address):
        monkeypatch.setattr(constants, "ENDPOINT", address)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")
        monkeypatch.setattr(huggingface_hub.hf_api.api, "endpoint", address)
        forget()

    yield at
    monkeypatch.undo()
    forget()


@pytest.fixture
def server(files, ask_at):
    """A hub on this machine."""
    with serving(files) as server:
        ask_at(f"http://127.0.0.1:{server.server_port}")
        yield server


@pytest.fixture
def said(monkeypatch):
    lines = []
    monkeypatch.setattr(models, "say", lines.append)
    return lines


@pytest.mark.parametrize("trouble", MODEL_TROUBLES, ids=lambda trouble: trouble.name)
def test_a_model_that_does_not_arrive_is_one_true_sentence_and_the_embedded_one(trouble, files, ask_at, said, tmp_path):
    with in_trouble(trouble, files, tmp_path) as address:
        ask_at(address)
        if trouble.name == SNAPSHOT:
            leave_configuration(tmp_path / "cache", files)
            assert huggingface_hub.snapshot_download(NAME, local_files_only=True)
        began = time.perf_counter()
        for _ in range(2):  # the second time nothing is asked, nothing is said again
            assert models.locate(NAME) == models.embedded()
        assert time.perf_counter() - began < 15  # a hang, not a speed: the seconds are measured by ``tests.bench network``
        (line,) = said
        assert "on continue avec le modèle embarqué" in line and "\n" not in line
        assert re.search(trouble.reason.format(host=re.escape(urlsplit(address).netloc)), line), line
        assert models.in_cache(NAME) is None


def test_nothing_stands_in_for_a_model_that_is_asked_for_by_its_name(server):
    server.trouble = "cut half-way"
    with pytest.raises(WorkshopError, match=r"ni en entier dans le cache, et la connexion à .* s’est coupée en route\."):
        models.locate_exactly(NAME)
    server.trouble = None
    assert hub.is_whole(models.locate_exactly(NAME)) and models.locate(NAME) == models.in_cache(NAME)


def test_a_session_that_began_without_a_model_goes_on_without_and_the_next_one_has_it(server, said):
    server.trouble = "500 for the weights"
    assert models.locate(NAME) == models.embedded()
    server.trouble = None
    assert models.locate(NAME) == models.embedded() and len(said) == 1
    models.new_session()
    assert models.locate(NAME) == models.in_cache(NAME) != models.embedded()


def test_a_line_that_is_cut_at_the_same_place_again_and_again_is_given_up(server, said, monkeypatch):
    """The library, which has got something each time, would begin again for ever."""
    server.trouble = "cut half-way"
    monkeypatch.setattr(huggingface_hub.constants, "DOWNLOAD_CHUNK_SIZE", 1000)
    assert models.locate(NAME) == models.embedded() and "s’est coupée en route" in said[0]
    assert server.asked.count(("GET", "model.safetensors")) < 6


def test_a_slow_line_is_waited_for(server, said, monkeypatch):
    """The library tells of a file ten million bytes at a time: that is more than a minute of a poor line."""
    server.trouble = "a slow line"
    monkeypatch.setattr(hub, "FLOOR", 1000)
    began = time.perf_counter()
    assert hub.is_whole(models.locate(NAME)) and said == []
    assert time.perf_counter() - began > 1.5 * hub.SILENCE


def test_a_model_that_has_arrived_once_survives_every_trouble(server, said):
    folder = models.locate(NAME)
    for trouble in ("silence", *REFUSED, *HALVES):
        server.trouble = trouble
        models.new_session()
        assert models.locate(NAME) == folder
    assert said == []


def test_a_model_that_was_found_is_not_asked_for_again(server):
    folder = models.locate(NAME)
    server.trouble, began = "silence", time.perf_counter()
    assert models.locate(NAME) == folder and time.perf_counter() - began < 0.2
    for path in folder.glob("*.safetensors"):
        path.unlink()
    assert models.locate(NAME) == models.embedded()


def test_a_model_without_safe_weights_is_one_sentence(server):
    server.files["pytorch_model.bin"] = server.files.pop("model.safetensors")
    with pytest.raises(WorkshopError, match="safetensors"):
        models.locate(NAME)


def test_a_model_without_a_tokenizer_is_one_sentence(server):
    for name in [name for name in server.files if name in hub.TOKENIZERS]:
        del server.files[name]
    with pytest.raises(WorkshopError, match="n’a pas de tokenizer"):
        models.locate(NAME)


def test_a_model_that_is_not_given_to_everybody_is_one_sentence(server):
    server.trouble = "gated"
    with pytest.raises(WorkshopError, match="accepté ses conditions"):
        models.locate(NAME)


@pytest.mark.parametrize("name", [f"{NAME}/", f" {NAME}", f"https://huggingface.co/{NAME}"])
def test_a_name_may_be_pasted(name, server, said):
    assert models.locate(name) == models.in_cache(NAME) and said == []


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"HF_TOKEN": "clé"}, "HF_TOKEN"),
        ({"SSL_CERT_FILE": "/nowhere"}, "SSL_CERT_FILE"),
        ({"HF_HUB_CACHE": "{file}"}, "le cache des modèles ne peut pas être écrit"),
        ({"HF_ENDPOINT": "ici"}, "HF_ENDPOINT"),
    ],
    ids=str,
)
def test_what_this_machine_says_wrongly_is_named(variables, reason, server, ask_at, said, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    for name, value in variables.items():
        value = value.format(file=tmp_path / "file")
        if name == "HF_ENDPOINT":
            ask_at(value)
        elif name.startswith("HF_HUB"):
            monkeypatch.setattr(huggingface_hub.constants, name, value)
        else:
            monkeypatch.setenv(name, value)
            huggingface_hub.close_session()
    assert models.locate(NAME) == models.embedded()
    assert re.search(reason, said[0]), said


def test_an_interruption_goes_on_with_the_embedded_model(server, said, monkeypatch):
    server.trouble = "silence half-way"
    monkeypatch.setattr(hub, "SILENCE", 60)
    threading.Timer(2, signal.raise_signal, [signal.SIGINT]).start()
    assert models.locate(NAME) == models.embedded() and "vous avez interrompu" in said[0]


def test_a_refused_port_is_one_sentence(server, said, monkeypatch):
    server.shutdown()
    server.server_close()
    assert models.locate(NAME) == models.embedded() and "refuse la connexion" in said[0]


@pytest.mark.parametrize("lost", ["config.json", "model.safetensors", "tokenizer", "shard"])
def test_a_part_of_a_model_is_not_in_the_cache(lost, server):
    folder = models.locate(NAME)
    if lost == "shard":
        index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
        (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
        (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    for path in folder.glob(f"{lost}*"):
        path.unlink()
    assert not hub.is_whole(folder) and models.in_cache(NAME) is None
