"""07 · Sharing: the card of a model, the Hub, and what every server needs (what may be asked, how often, how fast it answers).

All of it is found here, and loaded when it is asked for: nothing here needs PyTorch.
"""

from importlib import import_module
from typing import Any

_PARTS = {
    "card": ("Figure", "model_card"),
    "figures": ("percentile",),
    "hub": ("Parcel", "push_to_hub"),
    "limits": ("Bucket", "RateLimiter", "rate_limit"),
    "requests": ("LIMITS", "GenerationRequest", "Limit", "RequestError", "read_request", "readable", "validate_request"),
}

__all__ = [name for names in _PARTS.values() for name in names]


def __getattr__(name: str) -> Any:
    part = next((part for part, names in _PARTS.items() if name in names), None)
    if part is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{part}", __name__), name)
