"""LoRA: two thin matrices beside each thick one, which are all that is learnt (peft does the work; here is what it counts).

A thick matrix of ``inputs × outputs`` numbers stays as it is; what is learnt is added to it: ``A`` makes ``r`` numbers of the
inputs, ``B`` makes the outputs of these ``r``.  Source: Hu et al., « LoRA: Low-Rank Adaptation of Large Language Models » (2021).
"""

import contextlib
import json
import warnings
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from transformers import GPT2Config, PreTrainedModel
from transformers.pytorch_utils import Conv1D

from ..base import keeping
from ..base.errors import WorkshopError
from ..base.settings import settings
from ..base.values import require_whole

if TYPE_CHECKING:
    from peft import PeftModel

BASE = "base.json"  # which model an adapter goes with, beside peft's own files


def lora_size(config: GPT2Config, r: int, targets: Sequence[str]) -> tuple[int, int]:
    """Return how many numbers all the matrices A, then all the matrices B, of a LoRA on a GPT-2 hold.

    A matrix from ``a`` to ``b`` numbers gets an A of ``a × r`` and a B of ``r × b``.  With a width ``n_embd``, each layer has: a
    ``c_attn`` from the width to three times the width (queries, keys, values), a ``c_fc`` from the width to the ``n_inner``
    neurons (by default four times the width), and two matrices called ``c_proj``, one from the width to itself, the other from
    the neurons back to the width.

    Args:
        r: the rank.
        targets: the names of the matrices that get adapters.
    """
    width, inner = config.n_embd, config.n_inner or 4 * config.n_embd
    shapes = {"c_attn": [(width, 3 * width)], "c_fc": [(width, inner)], "c_proj": [(width, width), (inner, width)]}
    chosen = [shape for name in targets for shape in shapes[name]]
    into = sum(a * r for a, _ in chosen)
    out_of = sum(r * b for _, b in chosen)
    return config.n_layer * into, config.n_layer * out_of


def target_modules(model: PreTrainedModel) -> list[str]:
    """Return the names of the thick matrices of a model, in the order in which a layer uses them.

    They are found, not assumed: every dense layer (``Linear``, or GPT-2's ``Conv1D``), save the one that gives the scores.

    Raises:
        WorkshopError: it has none.
    """
    last = model.get_output_embeddings()
    dense = [
        name for name, module in model.named_modules() if isinstance(module, (torch.nn.Linear, Conv1D)) and module is not last
    ]
    if not dense:
        raise WorkshopError("Ce modèle n’a aucune couche dense où poser un adaptateur\u00a0: prenez un autre modèle.")
    return list(dict.fromkeys(name.rpartition(".")[2] for name in dense))


def add_lora(model: PreTrainedModel, r: int = 16, targets: Sequence[str] | None = None, seed: int = 0) -> "PeftModel":
    """Put adapters on a model (in place) and return it as peft's; its own weights do not learn any more.

    Args:
        r: the rank; what they add is multiplied by 2, as is usual.
        targets: names of matrices; by default all of :func:`target_modules`.
        seed: of the numbers that the matrices A begin with (the B begin at zero: at first, nothing changes).

    Raises:
        WorkshopError: the rank makes no sense, or no matrix has one of these names.
    """
    from peft import LoraConfig, get_peft_model

    require_whole("r", r, 1, 16)
    known = target_modules(model)
    targets = list(targets or known)
    if unknown := set(targets) - set(known):
        raise WorkshopError(
            f"Aucune matrice ne s’appelle «\u00a0{min(unknown)}\u00a0» dans ce modèle\u00a0: prenez {', '.join(known)}."
        )
    transposed = any(isinstance(module, Conv1D) for module in model.modules())  # GPT-2 keeps its matrices the other way round
    config = LoraConfig(
        task_type="CAUSAL_LM", r=r, lora_alpha=2 * r, lora_dropout=0.0, target_modules=targets, fan_in_fan_out=transposed
    )
    with torch.random.fork_rng(), _quietly():
        torch.manual_seed(seed)
        return get_peft_model(model, config)


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Keep from the room that peft 0.21 asks transformers 5.23 by a name that will change."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


def counted(model: "PeftModel") -> tuple[int, int]:
    """Return how many numbers the matrices A and B of a model hold, as :func:`lora_size` foresees."""
    named = list(model.named_parameters())
    return tuple(sum(w.numel() for name, w in named if f".lora_{letter}." in name) for letter in "AB")  # type: ignore[return-value]


def merged(model: "PeftModel") -> PreTrainedModel:
    """Return the model with its adapters added to its own weights, for good: the same answers, and no detour any more."""
    return model.merge_and_unload().eval()


def save_adapter(model: "PeftModel", folder: Path) -> int:
    """Write the adapters alone into a folder, whole or not at all; return how many bytes they take."""
    folder = Path(folder)
    new = folder.with_name(f".{folder.name}.new")
    model.save_pretrained(str(new))
    (new / BASE).write_text(f'{{"fingerprint": {fingerprint(model)}}}\n', encoding="utf-8")
    keeping.replace(new, folder)
    return sum(file.stat().st_size for file in folder.iterdir())


def load_adapter(base: PreTrainedModel, folder: Path) -> "PeftModel":
    """Put the adapters of a folder on the model that they were made for.

    Raises:
        WorkshopError: there are none, they are damaged, or they were made for another model.
    """
    from peft import PeftModel

    folder = Path(folder)
    if not (folder / "adapter_config.json").is_file():
        raise WorkshopError(
            f"Le dossier «\u00a0{folder}\u00a0» ne contient pas d’adaptateur\u00a0: il y faut adapter_config.json."
        )
    try:
        fits = _fits(base, folder)
    except Exception as error:  # half a file, letters instead of numbers: as many errors as there are libraries underneath
        raise WorkshopError(
            f"L’adaptateur «\u00a0{folder.name}\u00a0» est abîmé ({type(error).__name__})\u00a0: effacez ce dossier et "
            f"refaites-le."
        ) from error
    if not fits:
        raise WorkshopError(
            f"L’adaptateur «\u00a0{folder.name}\u00a0» a été fait pour un autre modèle de base\u00a0: chargez d’abord celui-là, "
            f"ou "
            "refaites l’adaptateur."
        )
    with _quietly():
        return PeftModel.from_pretrained(base, folder, local_files_only=True).eval()


def _fits(base: PreTrainedModel, folder: Path) -> bool:
    """Return whether the adapters of a folder were made for this model; it is not touched, as peft would before it finds out."""
    from safetensors.torch import load_file

    json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    weights = load_file(folder / "adapter_model.safetensors")
    made_for = (keeping.read_json(folder / BASE) or {}).get("fingerprint")  # an adapter from elsewhere does not say
    if made_for not in (None, fingerprint(base)):
        return False
    dense = {f"base_model.model.{name}": module for name, module in base.named_modules() if hasattr(module, "weight")}
    for name, into in weights.items():
        if name.endswith(".lora_A.weight"):
            place = name.removesuffix(".lora_A.weight")
            out_of = weights[f"{place}.lora_B.weight"]
            if place not in dense or {into.shape[1], out_of.shape[0]} != set(dense[place].weight.shape):
                return False
    return True


def fingerprint(model: "PreTrainedModel | PeftModel") -> int:
    """Return a number that tells one base model from another: the checksum of its table of tokens, which adapters leave alone."""
    table = model.get_input_embeddings().weight.detach().to("cpu", torch.bfloat16)
    return zlib.crc32(table.view(torch.int16).numpy().tobytes())


def bytes_to_train(read: float, learnt: float, bits: float = 16) -> float:
    """Return what training takes in memory, without what depends on the texts.

    Args:
        read: how many numbers are only read, kept with ``bits`` each (4 in QLoRA, which adds about 0.13 to scale them:
            Dettmers et al., « QLoRA: Efficient Finetuning of Quantized LLMs », 2023).
        learnt: how many are learnt: 16 bytes each, for its value, its gradient and AdamW's two running means.
    """
    return read * bits / 8 + 16 * learnt


def load_in_4_bits(name: str) -> PreTrainedModel:
    """Load a model of the hub with numbers of 4 bits, for QLoRA: adapters are then put on it by :func:`add_lora`.

    Raises:
        WorkshopError: there is no GPU, or bitsandbytes, which does this, is not installed.
    """
    import importlib.util

    if settings().profile != "gpu" or not torch.cuda.is_available():
        raise WorkshopError("Les nombres de 4 bits demandent un GPU\u00a0: sur ce processeur, restez à LoRA.")
    if importlib.util.find_spec("bitsandbytes") is None:
        raise WorkshopError(
            "Il manque bitsandbytes\u00a0: installez-le («\u00a0pip install bitsandbytes\u00a0»), puis recommencez."
        )
    from peft import prepare_model_for_kbit_training
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    config = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=torch.bfloat16
    )
    model = AutoModelForCausalLM.from_pretrained(name, quantization_config=config, device_map="auto", trust_remote_code=False)
    return prepare_model_for_kbit_training(model)
