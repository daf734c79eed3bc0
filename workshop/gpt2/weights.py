"""The weights of a model as a dictionary by name: kept aside, put back, or taken on the way between two of them."""

import torch
from transformers import PreTrainedModel


def of(model: PreTrainedModel) -> dict[str, torch.Tensor]:
    """Return a copy of all weights, in the memory of the processor."""
    return {name: parameter.detach().to("cpu", copy=True) for name, parameter in model.named_parameters()}


def restore(model: PreTrainedModel, weights: dict[str, torch.Tensor]) -> None:
    """Give ``model`` these weights, and no gradient."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(weights[name])
            parameter.grad = None


def interpolate(model: PreTrainedModel, start: dict[str, torch.Tensor], end: dict[str, torch.Tensor], share: float) -> None:
    """Give ``model`` the weights that lie at ``share`` of the way from ``start`` (0) to ``end`` (1), by name of parameter.

    What many pages ask for moves weights far in one direction; what one page alone asks for is noise, and a step back loses
    less of the first than of the second (Wortsman et al., « Robust fine-tuning of zero-shot models », 2022).
    """
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.lerp(start[name], end[name], share))
