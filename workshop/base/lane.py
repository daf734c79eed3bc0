"""What the lane (room or GPU) means for Keras: which library computes underneath."""

import importlib
import importlib.util
import os
from collections.abc import Callable, Mapping

from .hush import hushed
from .settings import settings


def keras_backend(environ: Mapping[str, str] | None = None, sees_gpu: Callable[[], bool] | None = None) -> str:
    """Return the backend that Keras is to use; nothing heavy is imported in the room lane.

    What ``KERAS_BACKEND`` already says is left alone.  In the room lane: TensorFlow.  In the GPU lane: TensorFlow where it
    sees the card, else PyTorch (TensorFlow's builds for Windows, and ``tensorflow-cpu``, never see one).  Where TensorFlow
    is not installed: PyTorch.
    """
    environ = os.environ if environ is None else environ
    if environ.get("KERAS_BACKEND"):
        return environ["KERAS_BACKEND"]
    if importlib.util.find_spec("tensorflow") is None:
        return "torch"
    if settings().profile == "gpu" and not (sees_gpu or tensorflow_sees_gpu)():
        return "torch"
    return "tensorflow"


def use_keras() -> None:
    """Import Keras on the backend of this lane, without a word of TensorFlow; to be called before anything imports ``keras``."""
    with hushed():
        _triton_first()
        os.environ["KERAS_BACKEND"] = keras_backend()
        import keras  # noqa: F401


def _triton_first() -> None:
    """Load triton, which PyTorch's builds for NVIDIA cards bring, before TensorFlow: loaded after it, it ends the process.

    Seen with TensorFlow 2.21 and torch 2.13 on Python 3.12: a segmentation fault in ``import transformers`` after any operation
    of TensorFlow, and none in this order.
    """
    if importlib.util.find_spec("triton"):
        importlib.import_module("triton")


def tensorflow_sees_gpu() -> bool:
    """Return whether this TensorFlow can compute on a graphics card (imports it: several seconds)."""
    _triton_first()
    import tensorflow

    return bool(tensorflow.config.list_physical_devices("GPU"))
