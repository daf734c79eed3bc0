"""« Le réseau de neurones qui écrivait des romans »: the small package behind the notebooks.

Nothing heavy is imported here: each room (``workshop.corpus``, ``workshop.gpt2``, …) loads what it needs when it is used.
"""

__version__ = "1.0.0"
