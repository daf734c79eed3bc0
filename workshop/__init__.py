"""« Le réseau de neurones qui écrivait des romans »: the small package behind the notebooks.

Nothing heavy is imported here: each step (``workshop.corpus``, ``workshop.gpt2``, …) loads what it needs when it is used.  The
tree and its storeys are drawn in README.md (« The house »); ``tests/test_house.py`` keeps them.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # what TensorFlow says of itself while it loads helps nobody in the room
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # else TensorFlow takes the whole card, and PyTorch finds nothing left
# Threads wait for each other asleep: awake, beside a browser or a video call, they would take the cores from those at work.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "1.0.0"
