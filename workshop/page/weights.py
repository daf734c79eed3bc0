"""A GPT-2 as the page carries it: what ``gpt2.js`` needs of its configuration, and its numbers, rounded to a byte each.

Each row of a matrix (the weights of a neuron, the vector of a token) has a scale, and its numbers become the nearest of the
integers from -127 to 127.  The files are read without torch, and nothing that they bring is run.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..base.errors import WorkshopError
from ..base.keeping import read_json

Scheme = Literal["int8", "f32"]

#: What ``gpt2.js`` computes: each setting with the values that it knows, the first being what an absent one means.
FORM: dict[str, tuple] = {
    "model_type": ("gpt2",),
    "activation_function": ("gelu_new", "gelu_pytorch_tanh"),
    "tie_word_embeddings": (True,),
    "scale_attn_weights": (True,),
    "scale_attn_by_inverse_layer_idx": (False,),
    "add_cross_attention": (False,),
    "quantization_config": (None,),
}
#: What it reads, and what an absent one means.
READ: dict[str, float] = {"n_layer": 12, "n_head": 12, "n_embd": 768, "n_positions": 1024, "vocab_size": 50257}
READ |= {"layer_norm_epsilon": 1e-5, "bos_token_id": 50256, "eos_token_id": 50256}

LARGEST = 200_000_000  # parameters: above, a browser refuses to hold such a text


@dataclass(frozen=True)
class Packed:
    """A model ready for the page."""

    config: dict[str, Any]
    tensors: list[dict[str, Any]]  #: for each: name, shape, scheme, and where it lies in ``data``
    data: bytes
    tokenizer: dict[str, Any]


def pack(folder: Path, scheme: Scheme = "int8") -> Packed:
    """Read the GPT-2 saved in ``folder``, and make its matrices small.

    Raises:
        WorkshopError: these are not the files of a GPT-2 that ``gpt2.js`` can run; the sentence says why.
    """
    config = _config(folder)
    shapes = _shapes(config)
    numbers = _numbers(folder, shapes)
    tensors, parts, end = [], [], 0
    for name, shape in shapes.items():
        kind = scheme if len(shape) == 2 else "f32"
        part = _rounded(numbers[name]) if kind == "int8" else numbers[name].tobytes()
        part += b"\0" * (-len(part) % 4)  # JavaScript reads floats at multiples of four bytes
        tensors.append({"name": name, "shape": list(shape), "scheme": kind, "offset": end, "length": len(part)})
        parts.append(part)
        end += len(part)
    return Packed({name: config[name] for name in READ}, tensors, b"".join(parts), _tokenizer(folder, config["vocab_size"]))


def _refused(folder: Path, reason: str) -> WorkshopError:
    return WorkshopError(
        f"La page ne sait pas faire tourner le modèle de «\u00a0{folder}\u00a0» ({reason})\u00a0: donnez-lui le dossier d’un "
        "GPT-2 enregistré par save_pretrained, comme celui du chapitre 04."
    )


def _config(folder: Path) -> dict[str, Any]:
    written = read_json(folder / "config.json")
    if not isinstance(written, dict):
        raise _refused(folder, "config.json est absent ou illisible")
    said = {name: value for name, value in written.items() if value is not None}
    config = {name: known[0] for name, known in FORM.items() if name != "model_type"} | READ | said
    config.setdefault("n_inner", 4 * config["n_embd"])
    for name, known in FORM.items():
        if config.get(name) not in known:
            raise _refused(folder, f"{name} vaut {json.dumps(config.get(name))}, et non {json.dumps(known[0])}")
    for name in ("n_layer", "n_head", "n_embd", "n_positions", "n_inner", "vocab_size"):
        if not (isinstance(config[name], int) and config[name] > 0):
            raise _refused(folder, f"{name} vaut {json.dumps(config[name])}")
    if config["n_embd"] % config["n_head"]:
        raise _refused(folder, "sa largeur n’est pas un multiple du nombre de têtes")
    return config


def _shapes(config: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Return the tensors of a GPT-2 of this configuration, a row of a matrix being what a neuron weighs."""
    width, inner = config["n_embd"], config["n_inner"]
    shapes: dict[str, tuple[int, ...]] = {
        "wte.weight": (config["vocab_size"], width),
        "wpe.weight": (config["n_positions"], width),
    }
    dense = {"attn.c_attn": (3 * width, width), "attn.c_proj": (width, width)}
    dense |= {"mlp.c_fc": (inner, width), "mlp.c_proj": (width, inner)}
    for layer in range(config["n_layer"]):
        for name in ("ln_1", "ln_2"):
            shapes |= {f"h.{layer}.{name}.{part}": (width,) for part in ("weight", "bias")}
        for name, (outputs, inputs) in dense.items():
            shapes |= {f"h.{layer}.{name}.weight": (outputs, inputs), f"h.{layer}.{name}.bias": (outputs,)}
    shapes |= {"ln_f.weight": (width,), "ln_f.bias": (width,)}
    if (count := sum(int(np.prod(shape)) for shape in shapes.values())) > LARGEST:
        raise WorkshopError(
            f"Ce modèle a {count / 1e6:.0f}\u00a0millions de paramètres\u00a0: une page n’en porte pas plus de "
            f"{LARGEST / 1e6:.0f}\u00a0millions. Prenez-en un plus petit."
        )
    return shapes


def _numbers(folder: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """Return the tensors in float32, by the names and in the shapes that are wanted."""
    from safetensors import SafetensorError, deserialize

    found: dict[str, Any] = {}
    for path in sorted(folder.glob("model*.safetensors")):
        try:
            found |= {name.removeprefix("transformer."): tensor for name, tensor in deserialize(path.read_bytes())}
        except (OSError, SafetensorError) as error:
            raise _refused(folder, f"{path.name} est illisible") from error
    if not found:
        raise _refused(folder, "model.safetensors est absent")
    numbers = {}
    for name, shape in shapes.items():
        if name not in found:
            raise _refused(folder, f"il y manque {name}")
        tensor = _float32(found[name], folder)
        if len(shape) == 2 and name not in ("wte.weight", "wpe.weight"):
            tensor = tensor.T  # GPT-2 keeps a column for each neuron
        if tensor.shape != shape:
            raise _refused(folder, f"{name} n’a pas la taille que dit config.json")
        if not np.isfinite(tensor).all():
            raise _refused(folder, f"{name} contient autre chose que des nombres")
        numbers[name] = np.ascontiguousarray(tensor)
    return numbers


def _float32(tensor: Mapping[str, Any], folder: Path) -> np.ndarray:
    data, shape, kind = tensor["data"], tensor["shape"], tensor["dtype"]
    if kind == "BF16":  # the upper half of a float32
        return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4").reshape(shape)
    if kind not in ("F16", "F32", "F64"):
        raise _refused(folder, f"ses nombres sont des {kind}")
    return np.frombuffer(data, f"<f{int(kind[1:]) // 8}").reshape(shape).astype("<f4")


def _rounded(matrix: np.ndarray) -> bytes:
    """Return the scales of the rows (float32), then the rows in int8."""
    scales = np.abs(matrix).max(axis=1, keepdims=True) / np.float32(127)
    scales[scales == 0] = 1
    return scales.tobytes() + np.rint(matrix / scales).astype(np.int8).tobytes()


def _tokenizer(folder: Path, vocabulary: int) -> dict[str, Any]:
    """Return tokenizer.json, if it is one of those that ``tokens.js`` knows how to spell: BPE on bytes."""
    tokenizer = read_json(folder / "tokenizer.json")
    if not isinstance(tokenizer, dict):
        raise _refused(folder, "tokenizer.json est absent ou illisible")
    model, decoder = tokenizer.get("model") or {}, tokenizer.get("decoder") or {}
    if model.get("type") != "BPE" or decoder.get("type") != "ByteLevel":
        raise _refused(folder, "son tokenizer n’est pas un BPE sur des octets")
    ids = [*model["vocab"].values(), *(token["id"] for token in tokenizer["added_tokens"])]
    if max(ids) >= vocabulary:
        raise _refused(folder, f"son tokenizer a plus de tokens que son vocabulaire de {vocabulary}")
    return tokenizer
