"""The room during real chapters: kernels that run attendees’ notebooks, with real mistakes (``make test-room``: some minutes).

``ROOM_ATTENDEES`` says how many attendees; ten at a time, and the delays are printed.
"""

import json
import os
import random
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import nbformat
import nbformat.v4 as v4
import pytest

from tests.conftest import ROOT
from tests.server_rooms import served
from tests.test_room_notebook import dripping, listening, nonsense, relaying, slow
from tests.test_room_server import Page
from workshop.backstage import measures
from workshop.exercises.core import find
from workshop.exercises.programme import programme
from workshop.exercises.room import TIMEOUT
from workshop.server.room.board import done, shown
from workshop.server.room.rooms import Rooms
from workshop.sharing import events

ATTENDEES = int(os.environ.get("ROOM_ATTENDEES", "0"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(ATTENDEES == 0, reason="minutes of kernels: make test-room, or a number in ROOM_ATTENDEES"),
]
TOGETHER = 10
CHAPTERS = ("00_first_contact", "01_data_preparation")
MARK = "Amandine"


@pytest.fixture(scope="module")
def rooms():
    return Rooms(programme())


def mistaken(id: str, number: int) -> str:
    """A cell with a mistake that the workshop knows, as an attendee would have written it."""
    return (
        "from workshop.exercises import exercise\nfrom workshop.exercises.core import find\n"
        f'{find(id).name} = exercise("{id}")(find("{id}").known[{number - 1}].functions[0])'
    )


def right(id: str) -> str:
    """A cell with the right answer."""
    start = "from workshop.exercises import exercise\nfrom workshop.exercises.core import find\n"
    return f'{start}{find(id).name} = exercise("{id}")(find("{id}").reference)'


def attended(chapter: str, join: str, luck: random.Random):
    """The notebook of a chapter as somebody works through it: mistakes, hints, and not every exercise in the end."""
    book = nbformat.read(ROOT / "notebooks" / f"{chapter}.ipynb", as_version=4)
    cells = []
    for cell in book.cells:
        if cell.cell_type == "code" and '# join("code")' in cell.source:
            cell.source = f'{MARK} = "{MARK}"\n{join}\nprint({MARK})'
        cells.append(cell)
        named = re.match(r'# hint\("([^"]+)"\)', cell.source) if cell.cell_type == "code" else None
        if named and find(named[1]).reference:
            id = named[1]
            for number in luck.sample(range(1, len(find(id).mistakes) + 1), 2):
                cells.append(v4.new_code_cell(mistaken(id, number)))
            if luck.random() < 0.5:
                cells.append(v4.new_code_cell(f'from workshop.exercises import hint\nhint("{id}", {luck.randint(1, 3)})'))
            if luck.random() < 0.7:
                cells.append(v4.new_code_cell(right(id)))
    cells.append(v4.new_code_cell("import time\ntime.sleep(1)"))  # an attendee does not close the kernel at once
    book.cells = cells
    return book


def play(book, outputs: Path, **environment: str) -> float:
    """Run a notebook to its end; return the seconds."""
    start = time.perf_counter()
    told = os.environ | measures.EXECUTION | {"WORKSHOP_OUTPUTS": str(outputs), "OMP_NUM_THREADS": "1"} | environment
    told.pop("WORKSHOP_ROOM", None)
    measures.run(book, ROOT / "notebooks", told)
    return time.perf_counter() - start


def cards(book) -> list[tuple[str, str, float]]:
    """What an attendee saw: exercise, outcome (✅, ❌ or ⬜), and when."""
    found = []
    for cell in book.cells:
        said = json.dumps(cell.get("outputs", []), ensure_ascii=False)
        for sign, id in re.findall(r"(✅|❌|⬜) Exercice ([0-9.]+b?)\u00a0:", said):
            when = datetime.fromisoformat(cell.metadata["execution"]["shell.execute_reply"]).timestamp()
            found.append((id, {"✅": "right", "❌": "wrong", "⬜": "todo"}[sign], when))
    return found


def test_the_page_shows_the_truth_of_real_chapters(rooms, tmp_path):
    room = rooms.open("moulin-1234")
    luck = random.Random(18)
    heard: list[tuple[int, str, str, float]] = []
    room.relay = lambda event: heard.append((event["seat"], event["exercise"], event["outcome"], event["at"]))
    with served(rooms) as address:
        page = Page(address, room)
        began = time.time() - time.monotonic()
        join = f'from workshop.exercises import join\njoin("{address.removeprefix("http://")}/{room.code}")'
        books = [attended(CHAPTERS[i % 3 == 2], join, luck) for i in range(ATTENDEES)]
        for book in books:
            book.cells.insert(0, v4.new_code_cell("import os\n_ = os.nice(5)"))  # the server has a machine of its own, in a room
        with ThreadPoolExecutor(TOGETHER) as crowd:
            list(crowd.map(lambda one: play(one[1], tmp_path / str(one[0])), enumerate(books)))
        time.sleep(1.5)
        boards = [began + when for when, _ in page.boards]
        last = page.boards[-1][1]

        # the truth, as the attendees saw it
        delays = []
        states: dict[str, dict[int, str]] = {}
        for book in books:
            text = json.dumps([cell.get("outputs", []) for cell in book.cells], ensure_ascii=False)
            seat = int(re.search(r"vous êtes à la place (\d+)", text)[1])
            seen = cards(book)
            arrived = [event for event in heard if event[0] == seat and event[2] in events.CARDS]
            assert [event[1:3] for event in arrived] == [card[:2] for card in seen]
            for (id, outcome, when), event in zip(seen, arrived, strict=True):
                shown_at = next(board for board in boards if board >= event[3])
                delays.append(shown_at - when)
                if states.setdefault(id, {}).get(seat) != "right":
                    states[id][seat] = outcome
        assert len(room.seats) == ATTENDEES
        for id, seats in states.items():
            counts = [shown(list(seats.values()).count(outcome), ATTENDEES) for outcome in ("right", "wrong")]
            assert (
                f"réussi {counts[0].replace('<', '&lt;')}, pas encore {counts[1].replace('<', '&lt;')},"
                in re.search(rf'data-exercise="{re.escape(id)}".*?</li>', last, re.DOTALL)[0]
            )
        delays.sort()
        middle = delays[len(delays) // 2]
        print(
            f"\n{ATTENDEES} attendees, {len(delays)} cards, on the page after {middle:.2f} s (median), {delays[-1]:.2f} s at most"
        )
        assert delays[-1] < 2
        first = room.programme.parts[0]
        assert sum(done(first, seat) for seat in room.seats.values()) == sum(
            list(states[lesson.id].values()).count("right") for lesson in first.needed
        )


#: What notes, at the end, how long the notebook was held up by what it tells the room.
TIMED = """
import time
from workshop import exercises
from workshop.exercises import room
held = []
def timed(*given, _tell=room.tell, **more):
    start = time.perf_counter()
    _tell(*given, **more)
    held.append(time.perf_counter() - start)
exercises.tell = timed
start = time.perf_counter()
"""


def timed(join: str):
    """A chapter that joins a room or does not, with what measures it in the cell of ``join``, which also shows the figures."""
    book = attended(CHAPTERS[0], f"{TIMED}{join}\njoining = time.perf_counter() - start", random.Random(1))
    book.cells.append(v4.new_code_cell(f'print("{MARK}", joining, len(held), sum(held), max(held))'))
    return book


def figures(book) -> tuple[float, int, float, float]:
    """Seconds of ``join``; how many times the room was told something; the seconds of all of them, and of the longest."""
    joining, count, whole, longest = book.cells[-1].outputs[0].text.split()[1:]
    return float(joining), int(count), float(whole), float(longest)


def outputs(book) -> list:
    """What every cell has shown, but for the cell of ``join``, the free disk, and the ids of the widgets."""
    shown = []
    for cell in book.cells:
        if cell.cell_type == "code" and MARK not in cell.source and "EnvironmentCard" not in cell.source:
            for output in cell.outputs:
                output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
            shown.append([output.get("text", output) for output in cell.outputs])
    return [["".join(one) if all(isinstance(text, str) for text in one) else one] for one in shown]


def left(folder: Path) -> list[str]:
    """The files that a chapter has left in its folder of results."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The chapter without a room: the notebook, its folder of results, and the seconds that it took."""
    folder, book = tmp_path_factory.mktemp("alone"), timed("")
    return book, folder, play(book, folder)


@pytest.mark.parametrize("answer", [slow, dripping, nonsense, None])
def test_a_chapter_is_the_same_whatever_the_server_does(answer, alone, tmp_path):
    """The same outputs, the same files, and the same time: that of ``join``, and of what is told after each card.

    The seconds of the whole chapter are printed, not compared: other work on the machine moves them by more than that.
    """
    book_alone, folder_alone, without = alone
    with listening(answer or slow) as (place, _):
        place = place if answer else "127.0.0.1:9"  # nobody listens there
        book = timed(f'from workshop.exercises import join\njoin("moulin-1234", "{place}")')
        seconds = play(book, tmp_path)
    assert json.dumps(outputs(book)) == json.dumps(outputs(book_alone))
    assert left(tmp_path) == left(folder_alone)
    joining, count, whole, longest = figures(book)
    name = answer.__name__ if answer else "stopped"
    print(
        f"\n{name}: join {joining:.2f} s, {count} cards {1000 * whole:.0f} ms, {1000 * longest:.1f} ms at most "
        f"(alone {1000 * figures(book_alone)[2]:.0f} ms); the chapter {seconds:.1f} s (alone {without:.1f} s)"
    )
    assert count == figures(book_alone)[1] == len(cards(book)) + hints_asked(book) > 5
    assert joining < TIMEOUT + 1
    assert whole < 0.5  # a server that was waited for would cost a second for each card


def hints_asked(book) -> int:
    """How many hints a notebook asks for."""
    return sum("import hint\nhint(" in cell.source for cell in book.cells)


def test_nothing_of_the_attendee_leaves_during_a_chapter(rooms, tmp_path):
    room = rooms.open("moulin-1234")
    with served(rooms) as address:
        heard: list[bytes] = []
        sent, answer = relaying(address)
        lock = threading.Lock()

        def passing(one):
            with lock:
                first = heard.pop()
            answer(one, first)

        home = tmp_path / MARK
        home.mkdir()
        with listening(passing, heard) as (place, _):
            join = f'from workshop.exercises import join\njoin("moulin-1234", "{place}")'
            book = attended(CHAPTERS[0], join, random.Random(2))
            play(book, home / "outputs", HOME=str(home), IPYTHONDIR=str(home / "ipython"), USER=MARK, LOGNAME=MARK, HOSTNAME=MARK,
                 JUPYTERHUB_USER=MARK, HF_TOKEN=MARK)  # fmt: skip
        assert MARK in json.dumps([cell.get("outputs", []) for cell in book.cells])
        assert room.counts.total() == len(cards(book)) + hints_asked(book)  # the capture holds a whole chapter
    everything = b"".join(sent).lower()
    for word in (MARK.lower().encode(), b"neuron", b"weights", b"def ", b"numpy", b".ipynb", str(tmp_path).lower().encode()):
        assert word not in everything, word
