"""Run an attendee's function: quietly, for a limited time, and without an exception of theirs ever escaping."""

import contextlib
import ctypes
import inspect
import io
import linecache
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

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
    with _quiet() as printed:
        try:
            with time_limit(seconds):
                value = then(function(*args))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return Run(error=error, printed=printed())
    return Run(value, printed=printed())


def guilty_line(error: BaseException, function: Callable) -> tuple[int, str] | None:
    """Return the number and the text of the attendee's own line where ``error`` happened, or None when it happened elsewhere."""
    function = inspect.unwrap(function)
    filename = getattr(getattr(function, "__code__", None), "co_filename", None)
    found, trace = None, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == filename:
            found = trace.tb_lineno
        trace = trace.tb_next
    return (found, linecache.getline(filename, found, function.__globals__).strip()) if found else None


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise :class:`TimeLimit` inside the block once it has lasted ``seconds``; leave the process as it was."""
    has_alarm = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    with _alarm(seconds) if has_alarm else _watchdog(seconds):
        yield


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Use the alarm of the operating system (Linux, macOS), which also wakes a function that sleeps."""
    watching = True

    def ring(*_: object) -> None:
        if watching:
            raise TimeLimit

    before = signal.signal(signal.SIGALRM, ring)
    left, _ = signal.setitimer(signal.ITIMER_REAL, seconds, REPEAT)
    try:
        try:
            yield
        finally:
            watching = False
    finally:
        signal.setitimer(signal.ITIMER_REAL, left)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _watchdog(seconds: float) -> Iterator[None]:
    """Let another thread raise the exception in this one (Windows, and cells that do not run in the main thread)."""
    caller = ctypes.c_ulong(threading.get_ident())
    finished, lock = threading.Event(), threading.Lock()
    interrupt = ctypes.pythonapi.PyThreadState_SetAsyncExc

    def watch() -> None:
        wait = seconds
        while not finished.wait(wait):
            with lock:
                if not finished.is_set():
                    interrupt(caller, ctypes.py_object(TimeLimit))
            wait = REPEAT

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        while thread.is_alive():  # a last TimeLimit may arrive in these very lines: go on until all is put away
            try:
                finished.set()
                with lock:
                    interrupt(caller, None)
                thread.join()
            except TimeLimit:
                continue


@contextlib.contextmanager
def _quiet() -> Iterator[Callable[[], str]]:
    """Keep what is printed or displayed in the block; yield a function that returns what was printed."""
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython():
        from IPython.utils.capture import capture_output

        with capture_output() as captured:
            yield lambda: captured.stdout
    else:
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            yield out.getvalue
