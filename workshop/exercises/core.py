"""The mechanism of the exercises: an exercise is data, running its cell is the check, and a notebook never blocks.

A chapter's exercises are a list ``EXERCISES`` in ``workshop/exercises/chNN.py`` (``tests/example_chapter`` shows the smallest
complete chapter).  Here they are described and judged; the words that attendees write are in ``workshop.exercises``.
"""

import copy
import dis
import importlib.util
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any

from ..base.errors import WorkshopError
from .cards import Card, Difference, kind, named_kind, same, short
from .sandbox import TimeLimit, guilty_line, run

NEXT = "La suite du carnet utilise la solution de l'atelier."
ENDLESS = 100_000  #: how much of a result given bit by bit (an iterator) is read

#: What the commonest exceptions mean, for someone who reads them for the first time.
MEANINGS = {
    AttributeError: "cet objet n'a pas l'attribut ou la méthode que vous lui demandez",
    ImportError: "ce module n'est pas installé, ou son nom est mal écrit",
    IndexError: "vous demandez un élément qui n'existe pas (les indices commencent à 0)",
    KeyError: "cette clé n'est pas dans le dictionnaire",
    NameError: "ce nom n'existe pas ici : faute de frappe, variable ou `import` oublié ?",
    OSError: "ce fichier ou cette adresse ne s'ouvre pas",
    RecursionError: "la fonction s'appelle elle-même sans jamais s'arrêter",
    UnicodeError: "ces octets ne sont pas du texte dans cet encodage",
    ValueError: "cette valeur ne convient pas",
    TypeError: "une opération ou une fonction n'a pas reçu ce qu'elle attend",
    ZeroDivisionError: "vous divisez par zéro",
}


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
    #: Known wrong answers, at least five: (function, or source text of one; for a value, source of an expression) and a
    #: fragment of the message that it must get.
    wrong: Sequence[tuple[Callable | str, str]]
    reference: Callable | None = None
    #: For ``x = answer("5.1", x)``: a right answer, evaluated among the variables of the notebook.
    value: str | None = None
    #: Inputs, one tuple of arguments for each call; or a function that makes them (when making them takes time).
    cases: Sequence[tuple] | Callable[[], Sequence[tuple]] = ()
    #: ``compare(got, expected) -> Difference | None``; ``functools.partial(same, tolerance=1e-3)`` loosens floats.
    compare: Callable[[Any, Any], Difference | None] = same
    #: What to compare of a result (``len``, ``lambda model: model.count_params()``…).
    view: Callable[[Any], Any] | None = None
    #: Judge by properties instead: ``judge(got, *args) -> sentence | None``.  The reference is then not run.
    judge: Callable[..., str | None] | None = None
    #: Named mistakes, tried in order: ``(predicate(got, expected, *args), message)`` or ``(…, …, number of the hint)``.
    #: ``got`` is the exception where one was raised.  :class:`like` makes a predicate of a wrong answer.
    diagnostics: Sequence[tuple] = ()
    #: What the notebook has in hand at this point, for the wrong answers and ``value`` (tests only).
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
        return self.value if self.reference is None else inspect.getsource(self.reference)

    @cached_property
    def trials(self) -> list["Trial"]:
        """The cases with what the reference makes of them (worked out once, before any attendee's code: it warms imports)."""
        made = [tuple(case) for case in (self.cases() if callable(self.cases) else self.cases)]
        if self.judge:
            return [Trial(args) for args in made]
        trials = []
        for args in made:
            given = _copy(args)
            result = run(self.reference, given, 600, lambda result: (kind(result), self.read(result)))
            if result.error:
                raise result.error
            trials.append(Trial(args, *result.value, changes=_changed(args, given)))
        return trials

    def read(self, result: Any) -> Any:
        """Return what is compared of a result: its ``view``, or everything that an iterator gives."""
        if self.view:
            return self.view(result)
        return read_all(result) if isinstance(result, Iterator) else result

    def evaluate(self, names: Mapping[str, Any]) -> Any:
        """Return the workshop's answer to a value exercise, worked out among the variables of the notebook."""
        try:
            return eval(self.value, dict(names))  # our own source text, never the attendee's
        except NameError as error:
            message = f"L’exercice {self.id} a besoin de « {error.name} » : exécutez d’abord les cellules qui précèdent."
            raise WorkshopError(message) from None


@dataclass(frozen=True)
class Trial:
    """One case: the inputs, what is expected, and whether the reference itself changes its inputs."""

    args: tuple
    kind: str = ""
    expected: Any = None
    changes: bool = False


@dataclass(frozen=True)
class Fault:
    """What went wrong with the first case that fails; a diagnostic may still give it its true name, unless it is ``final``."""

    message: str
    rows: tuple[tuple[str, str], ...] = ()
    got: Any = None
    expected: Any = None
    args: tuple = ()
    final: bool = False


@dataclass(frozen=True)
class like:  # a word in a list of diagnostics, hence the small letter
    """A predicate for ``diagnostics``: the attendee's result is the one that this wrong answer gives."""

    wrong: Callable


def read_all(values: Iterator) -> list:
    """Return what an iterator gives, bit by bit.

    Raises:
        TimeLimit: it gives so much that it seems to have no end: a fast machine gets there before the clock strikes.
    """
    read = list(islice(values, ENDLESS))
    if len(read) == ENDLESS:
        raise TimeLimit
    return read


def if_alike(*diagnostics: tuple) -> list[tuple]:
    """Try these ``diagnostics`` only on a result of the expected kind, whose first element also is of the expected kind.

    What they say of a list of texts makes no sense for a generator, a set or a list of numbers: there, to say which kind was
    expected is enough.
    """

    def guarded(when: Callable) -> Callable:
        return lambda got, expected, *args: alike(got, expected) and when(got, expected, *args)

    return [(when if isinstance(when, like) else guarded(when), *rest) for when, *rest in diagnostics]


def alike(got: Any, expected: Any) -> bool:
    """Return whether two results are of one kind, and their first elements too if they are lists that have any."""
    if kind(got) != kind(expected):
        return False
    return not (isinstance(got, (list, tuple)) and got and expected) or kind(got[0]) == kind(expected[0])


def check(exercise: Exercise, function: Callable) -> Card:
    """Return the outcome for an attendee's function; nothing is displayed or remembered, and nothing it does escapes."""
    if _is_blank(function):
        return todo(exercise)
    try:
        trials = exercise.trials
    except (Exception, TimeLimit) as error:
        return todo(exercise, f"la vérification est impossible sur cette machine ({type(error).__name__}: {error})")
    # the first fault speaks for all: the cases before it went well, and a diagnostic may count on that
    fault = next((found for trial in trials if (found := _examine(exercise, function, trial))), None)
    return todo(exercise) if fault and fault.got is ... else _verdict(exercise, fault)


def check_value(exercise: Exercise, value: Any, names: Mapping[str, Any]) -> Card:
    """Return the outcome for a value; ``names`` are the variables of the notebook."""
    if value is ...:
        return todo(exercise)
    if value is None:
        message = "cette valeur est `None`, autrement dit rien : ce qui est à droite du signe `=` ne donne pas de résultat"
        return _verdict(exercise, Fault(message, final=True))
    expected = None if exercise.judge else exercise.evaluate(names)
    trial = Trial((), kind(expected), exercise.read(expected))
    result = run(_judge, (exercise, value, trial), exercise.seconds)
    fault = result.value
    if fault:  # to show what was expected would be to give the answer
        fault = replace(fault, rows=tuple(row for row in fault.rows if row[0] != "attendu"))
    if result.error:
        fault = Fault(f"{named_kind(value)} ne convient pas ici ({type(result.error).__name__}: {result.error})", got=value)
    return _verdict(exercise, fault)


def todo(exercise: Exercise, why: str = "à compléter") -> Card:
    """The outcome ⬜."""
    return Card("todo", f"Exercice {exercise.id}", f"{why}. {NEXT}")


def renamed(exercise: Exercise) -> Card:
    """The outcome for a function that has not the name that the notebook goes on with."""
    message = f"gardez le nom `{exercise.reference.__name__}` : la suite du carnet en a besoin"
    return _verdict(exercise, Fault(message, final=True))


def _verdict(exercise: Exercise, fault: Fault | None) -> Card:
    """Return ✅, or ❌ with the name of the mistake if it has one, else with what is wrong."""
    title = f"Exercice {exercise.id}"
    if not fault:
        return Card("right", title, "bravo !")
    message, number = fault.message, 1
    names = () if fault.final else exercise.diagnostics
    if known := next((named for named in names if _applies(exercise, named[0], fault)), None):
        _, message, number = (*known, 1)[:3]
    message += "" if message.endswith((".", "?", "!", "…")) else "."
    call = f'hint("{exercise.id}"{f", {number}" if number > 1 else ""})'
    return Card("wrong", title, message, fault.rows, f"Un coup de pouce : `{call}`. {NEXT}")


def _applies(exercise: Exercise, predicate: "Callable | like", fault: Fault) -> bool:
    try:
        if isinstance(predicate, like):
            return exercise.compare(fault.got, exercise.read(predicate.wrong(*_copy(fault.args)))) is None
        return bool(predicate(fault.got, fault.expected, *fault.args))
    except Exception:  # written for a result of the expected form, and this one has another
        return False


def _examine(exercise: Exercise, function: Callable, trial: Trial) -> Fault | None:
    """Return what is wrong with the function in one case, or None."""
    name, given = exercise.reference.__name__, _copy(trial.args)
    call = (("avec", f"{name}({', '.join(map(short, trial.args))})"),)
    try:
        inspect.signature(function).bind(*given)
    except TypeError:
        first = f"{name}({', '.join(inspect.signature(exercise.reference).parameters)})"
        return Fault(f"votre fonction ne reçoit pas les bons arguments : sa première ligne est `def {first}`", final=True)
    result = run(function, given, exercise.seconds, lambda got: _judge(exercise, got, trial))
    if result.error:
        return _stopped(exercise, function, result.error, call, trial)
    if fault := result.value:
        if fault.got is None and result.printed:
            message = "votre fonction affiche son résultat mais ne le renvoie pas : `return` au lieu de `print`"
            fault = replace(fault, message=message)
        return replace(fault, rows=call + fault.rows)
    if not exercise.judge and not trial.changes and _changed(trial.args, given):
        message = "le résultat est juste, mais votre fonction modifie ce qu'on lui donne : travaillez sur une copie"
        return Fault(message, call, final=True)
    return None


def _judge(exercise: Exercise, got: Any, trial: Trial) -> Fault | None:
    """Return how a result falls short, or None."""
    if got is ... or (got is None and trial.kind != kind(None)):
        return Fault("votre fonction ne renvoie rien : il manque `return`", got=got, final=True)
    if exercise.judge:
        message = exercise.judge(got, *trial.args)
        return Fault(message, got=got, args=trial.args) if message else None
    if kind(got) != trial.kind:
        message = f"on attend {trial.kind}, et voici {named_kind(got)}"
        if isinstance(got, Iterator) and trial.kind == kind([]):
            message += ", qui donne ses éléments un par un : `list(…)` en fait une liste"
        return Fault(message, (("obtenu", short(got)),), got, trial.expected, trial.args)
    got = exercise.read(got)
    found = exercise.compare(got, trial.expected)
    if not found:
        return None
    where = (("", f"Voici où : {found.where}"),) if found.where else ()
    rows = (*where, ("attendu", found.expected), ("obtenu", found.got))
    return Fault("ce n'est pas encore le résultat attendu", rows, got, trial.expected, trial.args)


def _stopped(exercise: Exercise, function: Callable, error: BaseException, call: tuple, trial: Trial) -> Fault:
    """Retell an exception: what it means, with which input, at which line of the attendee's."""
    line = guilty_line(error, function)
    rows = call + (((f"ligne {line[0]}", line[1]),) if line else ())
    if isinstance(error, TimeLimit):
        message = f"votre fonction ne s'est pas arrêtée ({exercise.seconds:g} secondes au plus) : une boucle sans fin ?"
        return Fault(message, rows, final=True)
    meaning = next((text for family, text in MEANINGS.items() if isinstance(error, family)), "elle s'est arrêtée en chemin")
    if "NoneType" in str(error):
        meaning = "une valeur y est `None`, autrement dit rien : une recherche sans résultat, ou une fonction sans `return` ?"
    rows += (("erreur", f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"),)
    what = f"votre fonction s'arrête sur une erreur ; {meaning}" if line else "le résultat de votre fonction ne peut pas être lu"
    return Fault(what, rows, error, trial.expected, trial.args)


def _is_blank(function: Callable) -> bool:
    """Return whether the body does nothing: a docstring, ``...``, ``pass``, a bare ``return`` (read from the bytecode)."""

    def steps(code: Any) -> list[tuple[str, Any]]:
        return [(step.opname, step.argval) for step in dis.get_instructions(code) if step.opname not in ("RESUME", "NOP")]

    def blank() -> None: ...

    code = getattr(inspect.unwrap(function), "__code__", None)
    return code is not None and steps(code) == steps(blank.__code__)


def _copy(args: tuple) -> tuple:
    """Return copies of the arguments; what cannot be copied (a model, an open file) is passed as it is."""

    def one(value: Any) -> Any:
        try:
            return copy.deepcopy(value)
        except Exception:
            return value

    return tuple(one(value) for value in args)


def _changed(before: tuple, after: tuple) -> bool:
    """Return whether plain arguments (lists, dictionaries, arrays…) differ; objects of libraries are not looked into."""

    def plain(value: Any) -> bool:
        parts = [*value.values()] if isinstance(value, Mapping) else value if isinstance(value, (list, tuple, Set)) else []
        return kind(value) not in ("un objet", "un itérateur") and all(map(plain, parts))

    return any(plain(old) and same(new, old, 0.0) is not None for old, new in zip(before, after, strict=True))


REGISTRY: dict[str, Exercise] = {}


def register(exercises: Sequence[Exercise]) -> None:
    """Make exercises known by their id."""
    REGISTRY.update({exercise.id: exercise for exercise in exercises})


def of_chapter(chapter: int) -> list[Exercise]:
    """Return the exercises of a chapter, in order (its file is imported when first asked for)."""
    if not any(exercise.chapter == chapter for exercise in REGISTRY.values()):
        name = f"{__package__}.ch{chapter:02d}"
        if importlib.util.find_spec(name):
            register(importlib.import_module(name).EXERCISES)
    return [exercise for exercise in REGISTRY.values() if exercise.chapter == chapter]


def find(id: str) -> Exercise:
    """Return the exercise with this id.

    Raises:
        WorkshopError: there is none; the message names those of the chapter.
    """
    head = str(id).partition(".")[0]
    known = {exercise.id: exercise for exercise in (of_chapter(int(head)) if head.isdigit() else ())}
    if id not in known:
        names = f" Ceux du chapitre : {', '.join(known)}." if known else ""
        raise WorkshopError(f"Il n’y a pas d’exercice « {id} ».{names}")
    return known[id]
