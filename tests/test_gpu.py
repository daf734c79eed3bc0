"""What a graphics card changes, as far as it can be simulated without one: lane, precision, settings of the training."""

from types import SimpleNamespace

import pytest
import torch

from workshop.base import settings as settings_module
from workshop.base.settings import from_environment, torch_can_use_cuda
from workshop.gpt2 import finetuning
from workshop.gpt2 import model as gpt2

VERSION = "__version__ = '2.13.0'\ndebug = False\ncuda: Optional[str] = {cuda}\nhip: Optional[str] = None\n"


@pytest.mark.parametrize(("cuda", "usable"), [("'12.8'", True), ('"13.0"', True), ("None", False)])
def test_torch_says_what_it_was_built_for_without_being_loaded(tmp_path, monkeypatch, cuda, usable):
    (tmp_path / "version.py").write_text(VERSION.format(cuda=cuda), encoding="utf-8")
    found = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(settings_module.importlib.util, "find_spec", lambda name: found)
    assert torch_can_use_cuda() is usable


def test_this_torch_and_no_torch(monkeypatch):
    assert torch_can_use_cuda() is (torch.version.cuda is not None)
    monkeypatch.setattr(settings_module.importlib.util, "find_spec", lambda name: None)
    assert torch_can_use_cuda() is None


@pytest.mark.parametrize(
    ("cards", "built_for_cuda", "forced", "lane"),
    [
        (["NVIDIA H200, 143771, 570"], True, "", "gpu"),
        (["NVIDIA H200, 143771, 570"], None, "", "gpu"),  # nothing is installed yet
        (["NVIDIA H200, 143771, 570"], False, "", "cpu"),
        ([], True, "", "cpu"),
        (["NVIDIA H200, 143771, 570"], True, "cpu", "cpu"),
        ([], False, "gpu", "gpu"),
    ],
)
def test_lane(monkeypatch, cards, built_for_cuda, forced, lane):
    monkeypatch.setattr(settings_module, "nvidia_cards", lambda: cards)
    monkeypatch.setattr(settings_module, "torch_can_use_cuda", lambda: built_for_cuda)
    assert from_environment({"WORKSHOP_PROFILE": forced}).profile == lane


@pytest.fixture
def machine(monkeypatch):
    """Pretend that there is a card, or not, and that what computes has bfloat16, or not."""

    def pretend(card: bool, bf16: bool, profile: str = "gpu") -> None:
        here = SimpleNamespace(profile=profile)
        monkeypatch.setattr(gpt2, "settings", lambda: here)
        monkeypatch.setattr(torch.cuda, "is_available", lambda: card)
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: bf16 or including_emulation)
        monkeypatch.setattr(gpt2, "supports_bf16", lambda: bf16)

    return pretend


@pytest.mark.parametrize(
    ("card", "bf16", "half"),
    [
        (True, True, torch.bfloat16),  # H100, A100, L4
        (True, False, torch.float16),  # T4: it would imitate bfloat16
        (False, True, torch.bfloat16),
        (False, False, None),
    ],
)
def test_precision(machine, card, bf16, half):
    machine(card, bf16)
    assert gpt2.half_precision() is half


@pytest.mark.parametrize(
    ("capabilities", "native"),
    [
        ({"avx512_bf16": True, "amx_tile": False}, True),  # AMD since Zen 4
        ({"avx512_bf16": False, "amx_tile": True}, True),  # Intel's servers since Sapphire Rapids
        ({"avx512_f": True, "avx512_bf16": False, "amx_tile": False}, False),
        ({"neon": True, "bf16": True}, False),  # ARM: not measured
    ],
)
def test_a_processor_has_bfloat16_when_pytorch_says_so(monkeypatch, capabilities, native):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    assert gpt2.supports_bf16() is native


def test_a_pytorch_that_does_not_tell_of_the_processor_means_no_bfloat16(monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert gpt2.supports_bf16() is False


@pytest.mark.parametrize(
    ("card", "bf16", "profile", "expected"),
    [
        (True, True, "gpu", {"bf16": True, "fp16": False, "use_cpu": False}),
        (True, False, "gpu", {"bf16": False, "fp16": True, "use_cpu": False}),
        (True, False, "cpu", {"bf16": False, "fp16": False, "use_cpu": True}),  # WORKSHOP_PROFILE=cpu on a machine with a card
        (False, False, "cpu", {"bf16": False, "fp16": False, "use_cpu": True}),
    ],
)
def test_training_uses_the_card_of_the_gpu_lane_and_no_other(machine, monkeypatch, tmp_path, card, bf16, profile, expected):
    machine(card, bf16, profile)
    monkeypatch.setattr(finetuning, "TrainingArguments", lambda **options: options)
    options = finetuning.training_arguments(finetuning.FineTuning(), 10, tmp_path)
    assert {name: options[name] for name in expected} == expected
    assert options["dataloader_pin_memory"] is not expected["use_cpu"]
