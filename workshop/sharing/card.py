"""The card of a model: what it is, what was measured, what was not, and what it must not be taken for."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..base.errors import WorkshopError
from ..base.typography import french


@dataclass(frozen=True)
class Figure:
    """Something that is measured of a model, on a text that is named.

    Raises:
        WorkshopError: it does not say on what, or its value is no number.
    """

    metric: str  #: ``bits_per_character``
    dataset: str  #: on what: « La Mare au Diable »
    value: float | None = None  #: none: not measured

    def __post_init__(self) -> None:
        """Check that it says what, on what, and how much."""
        if not self.metric.strip() or not self.dataset.strip():
            raise WorkshopError(
                "Une mesure dit ce qu’elle mesure (metric) et sur quel texte (dataset)\u00a0: sans cela, elle ne dit rien."
            )
        if self.value is not None and not math.isfinite(self.value):
            raise WorkshopError(
                f"{self.metric} n’a pas de valeur finie\u00a0: écrivez None, qui veut dire «\u00a0non mesuré\u00a0»."
            )

    def __str__(self) -> str:
        """The figure as a line of the card."""
        value = "non mesuré" if self.value is None else french(self.value)
        return f"- {self.metric}, sur {self.dataset}\u00a0: {value}"


def model_card(name: str, about: Mapping[str, Any], figures: Sequence[Figure], limits: str) -> str:
    """Return the card of a model, in Markdown: its metadata between two lines ``---``, then what people read.

    ``about`` holds the metadata that the Hub knows: ``license`` (required), ``language``, ``base_model``…  The measured figures
    are in the metadata and in the text; one without a value is in the text alone, as « non mesuré ».  ``limits`` says what the
    model must not be taken for.

    Raises:
        WorkshopError: there is no licence.
    """
    if not about.get("license"):
        raise WorkshopError("Il manque la licence (license)\u00a0: sans elle, personne n’a le droit de se servir du modèle.")
    from huggingface_hub import EvalResult, ModelCardData

    # the library puts together the figures whose dataset has one type: the type is the text itself
    measured = [figure for figure in figures if figure.value is not None]
    results = [EvalResult("text-generation", one.dataset, one.dataset, one.metric, one.value) for one in measured]
    data: Any = dict(about) | ({"model_name": name, "eval_results": results} if results else {})
    metadata = ModelCardData(**data).to_yaml()  # it knows where YAML needs quotes
    text = [f"# {name}", "## Mesures", "\n".join(map(str, figures)), "## Limites", limits]
    return f"---\n{metadata}\n---\n\n" + "\n\n".join(text) + "\n"
