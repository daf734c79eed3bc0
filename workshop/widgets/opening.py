"""What the page of ``make app`` shows while its kernel wakes: a story by our own model, recorded, being written again.

``python -m workshop record opening`` writes it; the page replays it token by token, and says that it is a recording.
"""

import json
from pathlib import Path

from ..base.settings import ROOT
from ..generation.sampling import Sampling
from ..generation.streaming import Writer
from ..stories import mildness
from .narration import from_writer
from .token_flow import level, typeset_pieces

PLACE = "app/share/jupyter/voila/templates/atelier/opening.json"
PROMPT = "Ce soir-là, on frappa trois coups à la porte du moulin."
SETTINGS = Sampling(temperature=0.7, top_p=0.9, repetition_penalty=1.1, max_new_tokens=90, seed=19)


def record(writer: Writer, prompt: str = PROMPT, sampling: Sampling = SETTINGS) -> dict:
    """Let a model write; return its story as the page replays it: the ``texts`` of its tokens (the prompt first), their tints."""
    tokens = list(from_writer(lambda: writer, prompt, sampling, True, mildness.is_harsh)(lambda: False))
    texts = typeset_pieces([prompt, *(token.text for token in tokens)])
    return {"seed": sampling.seed, "texts": texts, "levels": [level(token.probability) for token in tokens]}


def save(writer: Writer, place: Path = ROOT / PLACE) -> Path:
    """Write the recording of the page."""
    place.write_text(json.dumps(record(writer), ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    return place
