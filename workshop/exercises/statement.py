"""What an exercise is: its data, its cases with what the reference makes of them, and the mistakes it knows."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..base.errors import WorkshopError
from .cards import Difference, kind, same
from .mistakes import Mistake, Setting
from .sandbox import changed, copied, named_error, read_all, run


@dataclass(frozen=True, eq=False)
class Exercise:
    """One exercise.  Give either ``reference`` (a function of the package) or ``value`` (the source of an expression).

    Messages and hints are French sentences; `code` stands between backticks; typography is seen to when they are shown.
    A message follows « Exercice 1.2 : », so it begins with a small letter.
    """

    id: str
    title: str
    purpose: str  #: what it is for, in a few words
    minutes: int
    difficulty: int  #: 1 to 3 stars
    hints: Sequence[str]  #: three: where to look, which tool, almost the line
    reference: Callable | None = None
    #: For ``x = answer("5.1", x)``: a right answer, evaluated among the variables of the notebook.
    value: str | None = None
    #: Inputs, one tuple of arguments for each call; or a function that makes them (when making them takes time).
    cases: Sequence[tuple] | Callable[[], Sequence[tuple]] = ()
    #: Where there is no expected result, inputs that must be refused by a ``WorkshopError``, as the reference does.
    refused: Sequence[tuple] = ()
    #: ``compare(got, expected) -> Difference | None``; ``functools.partial(same, tolerance=1e-3)`` loosens floats.
    compare: Callable[[Any, Any], Difference | None] = same
    #: What to compare of a result (``len``, ``lambda model: model.count_params()``…).
    view: Callable[[Any], Any] | None = None
    #: Judge by properties instead: ``judge(got, *args) -> sentence | None``.  The reference is then not run.
    judge: Callable[..., str | None] | None = None
    #: A free choice: right is whatever has none of the properties of the ``mistakes``.  The reference is then not run either.
    free: bool = False
    #: The mistakes, tried in order, with at least five codes: see :mod:`~workshop.exercises.mistakes`.  Where there is a
    #: ``judge``, the message of a mistake without a property is a piece of what the judge says.
    mistakes: Sequence[tuple] = ()
    #: Names that the mistakes use, beside ``right`` (the reference) and the names of its module: ``globals()``, in a chapter.
    helpers: Mapping[str, Any] = field(default_factory=dict)
    #: What the notebook has in hand at this point, for the mistakes and ``value`` (tests only).
    names: Callable[[], dict[str, Any]] = dict
    seconds: float = 5.0  #: the time one call may take
    bonus: bool = False

    @property
    def chapter(self) -> int:
        """The number before the dot."""
        return int(self.id.partition(".")[0])

    @property
    def source(self) -> str:
        """The solution, as :func:`solution` shows it and as the solution notebook holds it."""
        return self.value or "" if self.reference is None else inspect.getsource(self.reference)

    @property
    def name(self) -> str:
        """The name of its function; empty where a value is asked for."""
        return "" if self.reference is None else self.reference.__name__

    @cached_property
    def setting(self) -> Setting:
        """What the code of an answer is compiled in."""
        if not self.reference:
            return Setting("answer", self.helpers)
        space = {**vars(inspect.getmodule(self.reference)), "right": self.reference, **self.helpers}
        name = self.reference.__name__
        return Setting(name if name.isidentifier() else "answer", space, self.reference)  # a lambda has no name

    @cached_property
    def known(self) -> list[Mistake]:
        """The mistakes, ready to be recognised."""
        return [Mistake.written(self.setting, *written) for written in self.mistakes]

    @property
    def judged(self) -> bool:
        """Whether several answers are right, so that there is no expected one."""
        return self.free or self.judge is not None

    @cached_property
    def trials(self) -> list["Trial"]:
        """The cases with what the reference makes of them (worked out once, before any attendee's code: it warms imports)."""
        made = [tuple(case) for case in (self.cases() if callable(self.cases) else self.cases)]
        trials = [Trial(args) for args in made] if self.judged else []
        for args in self.refused if self.judged else made:
            assert self.reference is not None  # a value is judged at once, without cases
            given = copied(args)
            result = run(self.reference, given, 600, lambda result: (kind(result), self.read(result)))
            if isinstance(result.error, WorkshopError):  # what the docstring promises of an input that cannot be served
                trials.append(Trial(args, kind(result.error), result.error, changed(args, given)))
                continue
            if result.error:
                raise result.error
            what, expected = result.value
            trials.append(Trial(args, what, expected, changed(args, given)))
        return trials

    def opinion(self, got: Any, args: tuple) -> str | None:
        """Return what is wrong with an answer that is judged."""
        if self.judge:
            return self.judge(got, *args)
        return next((mistake.message for mistake in self.known if mistake.describes(got, None, args)), None)

    def read(self, result: Any) -> Any:
        """Return what is compared of a result: its ``view``, or everything that an iterator gives."""
        if self.view:
            return self.view(result)
        return read_all(result) if isinstance(result, Iterator) else result

    def outcome(self, function: Callable, trial: "Trial") -> Any:
        """Return what a wrong answer of ours gives in one case, as far as it is compared, or the exception that stops it."""
        if function not in trial.outcomes:
            made = run(function, copied(trial.args), self.seconds, lambda got: got if kind(got) != trial.kind else self.read(got))
            trial.outcomes[function] = made.error if made.error else made.value
        return trial.outcomes[function]

    def evaluate(self, names: Mapping[str, Any]) -> Any:
        """Return the workshop's answer to a value exercise, worked out among the variables of the notebook."""
        try:
            return eval(self.source, dict(names))  # our own source text, never the attendee's
        except NameError as error:
            message = f"L’exercice {self.id} a besoin de « {error.name} » : exécutez d’abord les cellules qui précèdent."
            raise WorkshopError(message) from None
        except Exception as error:
            why = f"ne peut pas se calculer avec les variables du carnet ({named_error(error)})"
            raise WorkshopError(f"L’exercice {self.id} {why} : exécutez de nouveau les cellules qui précèdent.") from None


@dataclass(frozen=True)
class Trial:
    """One case: the inputs, what is expected, whether the reference itself changes its inputs, what mistakes give instead."""

    args: tuple
    kind: str = ""
    expected: Any = None
    changes: bool = False
    outcomes: dict[Callable, Any] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Whether an exception is expected."""
        return isinstance(self.expected, WorkshopError)
