"""Run an attendee's function: quietly, for a limited time, and without an exception of theirs ever escaping."""

import builtins
import contextlib
import copy
import ctypes
import dataclasses
import dis
import inspect
import io
import linecache
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import islice
from types import FrameType
from typing import Any

from .cards import kind, same
from .stuck import watched

ENDLESS = 100_000  #: how much of a result given bit by bit (an iterator) is read
REPEAT = 0.05  # seconds; the stop is asked for again, because a bare ``except:`` inside the loop may swallow it


class TimeLimit(BaseException):
    """Raised inside a function that has run for too long (a BaseException, so that ``except Exception`` lets it through)."""


@dataclass(frozen=True)
class Run:
    """What happened: a value, or the exception that stopped the function; and what it printed."""

    value: Any = None
    error: BaseException | None = None
    printed: str = ""


def run(function: Callable, args: tuple, seconds: float, then: Callable[[Any], Any] = lambda value: value) -> Run:
    """Return what ``then(function(*args))`` does in at most ``seconds`` (``then`` reads a lazy result to its end).

    Only an interruption by the user (``KeyboardInterrupt``) is let through.
    """
    with _quiet() as printed, _staying():
        try:
            value = within(seconds, lambda: then(function(*args)))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return Run(error=error, printed=_heard(printed))
    return Run(value, printed=_heard(printed))


def _heard(printed: Callable[[], str]) -> str:
    """Return what was printed; nothing where the attendee's function has closed what it prints on."""
    with contextlib.suppress(ValueError):
        return printed()
    return ""


def asked(question: Callable[[], Any], seconds: float) -> bool:
    """Return whether a question about something of the attendee's is answered yes; one that stumbles is not.

    Raises:
        TimeLimit: no answer comes in ``seconds``.
    """
    made = run(lambda: bool(question()), (), seconds)
    if isinstance(made.error, TimeLimit):
        raise TimeLimit
    return made.error is None and made.value


def told(error: BaseException) -> str:
    """Return the text of an exception on one line; none where reading it raises in its turn, or does not end."""
    made = run(lambda: " ".join(str(error).split()), (), 1.0)
    return "" if made.error else made.value.encode("utf-8", "replace").decode()


def named_error(error: BaseException) -> str:
    """Return the class and the text of an exception, as Python writes them."""
    return ": ".join(part for part in (type(error).__name__, told(error)[:200]) if part)


class Once(Iterator):
    """An input that flows: its values can be read once, and copied for the next answer."""

    def __init__(self, name: str, *values: Any) -> None:
        """Begin before the first value; a card shows the name."""
        self.name, self.left = name, list(values)

    def __next__(self) -> Any:
        """Return the next value."""
        if not self.left:
            raise StopIteration
        return self.left.pop(0)

    def __repr__(self) -> str:
        """Return the name, for a card."""
        return f"<{self.name}>"


Once.__name__ = "itérateur"  # which an error shows


def read_all(values: Iterator) -> list:
    """Return what an iterator gives, bit by bit.

    Raises:
        TimeLimit: it gives so much that it seems to have no end: a fast machine gets there before the clock strikes.
    """
    read = list(islice(values, ENDLESS))
    if len(read) == ENDLESS:
        raise TimeLimit
    return read


def copied(args: tuple) -> tuple:
    """Return copies of the arguments; what cannot be copied (a model, an open file) is passed as it is."""

    def one(value: Any) -> Any:
        try:
            return copy.deepcopy(value)
        except Exception:
            return value

    return tuple(one(value) for value in args)


def changed(before: tuple, after: tuple) -> bool:
    """Return whether plain arguments (lists, dictionaries, arrays…) differ; objects of libraries are not looked into."""

    def plain(value: Any) -> bool:
        if dataclasses.is_dataclass(value):
            return all(map(plain, vars(value).values()))
        parts = [*value.values()] if isinstance(value, Mapping) else value if isinstance(value, (list, tuple, Set)) else []
        return kind(value) not in ("un objet", "un itérateur") and all(map(plain, parts))

    return any(plain(old) and same(new, old, 0.0) is not None for old, new in zip(before, after, strict=True))


def guilty_line(error: BaseException, function: Callable) -> tuple[int, str] | None:
    """Return the number and the text of the attendee's own line where ``error`` happened, or None when it happened elsewhere."""
    function = inspect.unwrap(function)
    code = getattr(function, "__code__", None)
    filename = code.co_filename if code else ""
    found, trace = None, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == filename:
            found = trace.tb_lineno
        trace = trace.tb_next
    return (found, linecache.getline(filename, found, function.__globals__).strip()) if found else None


def raised_on_purpose(error: BaseException, function: Callable) -> bool:
    """Return whether ``error`` comes from a ``raise`` (or an ``assert``) that stands in the attendee's own function."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    code = trace.tb_frame.f_code if trace else None
    theirs = getattr(inspect.unwrap(function), "__code__", None)
    if not trace or code is None or theirs is None or code.co_filename != theirs.co_filename:
        return False
    return isinstance(error, Exception) and code.co_code[trace.tb_lasti] == dis.opmap["RAISE_VARARGS"]


def prints(function: Callable) -> bool:
    """Return whether the code of a function calls ``print`` itself (what libraries print is not the attendee's)."""
    return "print" in getattr(getattr(inspect.unwrap(function), "__code__", None), "co_names", ())


def shortens(function: Callable) -> bool:
    """Return whether the code of a function takes elements out of something."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    steps = list(dis.get_instructions(code)) if code else []
    return any(step.opname == "DELETE_SUBSCR" or step.argval in ("pop", "remove") for step in steps)


def is_blank(function: Callable) -> bool:
    """Return whether the body does nothing: a docstring, ``...``, ``pass``, a bare ``return`` (read from the bytecode)."""

    def steps(code: Any) -> list[tuple[str, Any]]:
        return [(step.opname, step.argval) for step in dis.get_instructions(code) if step.opname not in ("RESUME", "NOP")]

    def blank() -> None: ...

    code = getattr(inspect.unwrap(function), "__code__", None)
    return code is not None and steps(code) == steps(blank.__code__)


def within(seconds: float, work: Callable[[], Any]) -> Any:
    """Return what ``work()`` returns; raise :class:`TimeLimit` inside it once it has lasted ``seconds``.

    Where an exception strikes from outside, anything may be under way, even the putting away.  So it strikes only while
    ``guarded`` is among the callers: once that function has been left, whatever rings finds nobody.
    """

    def guarded() -> Any:
        return work()

    has_alarm = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    with watched(seconds):  # for what hears neither
        return (_alarm if has_alarm else _watchdog)(seconds, guarded)


def _is_inside(function: Callable, frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code is not function.__code__:
        frame = frame.f_back
    return frame is not None


def _alarm(seconds: float, guarded: Callable[[], Any]) -> Any:
    """Use the alarm of the operating system (Linux, macOS), which also wakes a function that sleeps."""

    def ring(_: int, frame: FrameType | None) -> None:
        if _is_inside(guarded, frame):
            raise TimeLimit

    before = signal.signal(signal.SIGALRM, ring)
    left = signal.setitimer(signal.ITIMER_REAL, seconds, REPEAT)
    try:
        return guarded()
    finally:
        signal.setitimer(signal.ITIMER_REAL, *left)
        signal.signal(signal.SIGALRM, before)


def _watchdog(seconds: float, guarded: Callable[[], Any]) -> Any:
    """Let another thread raise the exception in this one (Windows, and cells that do not run in the main thread)."""
    ident, finished, lock = threading.get_ident(), threading.Event(), threading.Lock()
    interrupt = ctypes.pythonapi.PyThreadState_SetAsyncExc

    def watch() -> None:
        wait = seconds
        while not finished.wait(wait):
            with lock:
                if finished.is_set() or not _is_inside(guarded, sys._current_frames().get(ident)):
                    return
                interrupt(ctypes.c_ulong(ident), ctypes.py_object(TimeLimit))
            wait = REPEAT

    def put_away() -> None:
        with lock:
            finished.set()
            interrupt(ctypes.c_ulong(ident), None)
        thread.join()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        return guarded()
    finally:
        while thread.is_alive():  # one last TimeLimit may already be on its way: go on until all is put away
            with contextlib.suppress(TimeLimit):
                put_away()


def _shell() -> Any:
    """Return the IPython that runs this, or None."""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


@contextlib.contextmanager
def _staying() -> Iterator[None]:
    """Let nothing of the block reach what comes after it, or who waits for it.

    ``exit()`` and ``quit()`` only raise: they would end the kernel, or close the input of the terminal.  So does ``input()``: its
    question would be hidden with all that is printed.  The current folder and the depth of calls are those of before again.
    """

    def leave(*_: Any) -> None:
        raise SystemExit

    def ask(*_: Any) -> None:
        raise EOFError

    doors = [(builtins, "exit", leave), (builtins, "quit", leave), (_shell(), "ask_exit", leave), (builtins, "input", ask)]
    kept = [(place, name, getattr(place, name)) for place, name, _ in doors if hasattr(place, name)]
    folder, depth = _folder(), sys.getrecursionlimit()
    for place, name, instead in doors:
        if hasattr(place, name):
            setattr(place, name, instead)
    try:
        yield
    finally:
        for place, name, door in kept:
            setattr(place, name, door)
        sys.setrecursionlimit(depth)
        if folder and folder != _folder():
            os.chdir(folder)


def _folder() -> str | None:
    """Return the current folder, or None where it has been deleted."""
    with contextlib.suppress(OSError):
        return os.getcwd()
    return None


@contextlib.contextmanager
def _quiet() -> Iterator[Callable[[], str]]:
    """Keep what is printed or displayed in the block; yield a function that returns what was printed."""
    if _shell():
        from IPython.utils.capture import capture_output

        with capture_output() as captured:
            yield lambda: captured.stdout
    else:
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            yield out.getvalue
