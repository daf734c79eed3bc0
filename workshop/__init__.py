"""« Le réseau de neurones qui écrivait des romans »: the small package behind the notebooks.

Nothing heavy is imported here: each room (``workshop.corpus``, ``workshop.gpt2``, …) loads what it needs when it is used.

The floors, from the ground up:

- what every room stands on: ``settings``, ``errors``, ``typography``, ``artefacts``, ``safekeeping``, ``hush``, ``lane``
- the lesson, a room for each step: ``corpus``, ``cleaning``, ``tokens``, ``neuron``, ``bilstm``, ``gpt2``, ``finetuning``
  (and ``training_callbacks``), ``sampling``, ``generation``, ``next_words``, ``metrics``, ``blind``, ``stories`` (and
  ``stories_files``), ``plots`` (and ``plots_neuron``, ``plots_bilstm``, ``plots_gpt2``); ``pretrain`` made the embedded model
- where the rooms meet: ``steps``, ``writers``, ``demo``, and the furniture of the notebooks, ``exercises`` and ``widgets``
- how the notebooks are made and measured: ``chapters``, ``authoring``, ``slides``, ``instructor``, ``execution``, ``timing``,
  ``measured``, ``capacity``
- the command line and the ways in: ``cli``, ``terminal``, ``environment``, ``doctor``, ``machine``, ``room``, ``colab``,
  ``offline``, ``pack``, ``unpack``, ``wheelhouse``
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # what TensorFlow says of itself while it loads helps nobody in the room
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # else TensorFlow takes the whole card, and PyTorch finds nothing left

__version__ = "1.0.0"
