"""The events of the room, the rooms of the day, and what their page shows."""

import math
import re
import threading
import time

import pytest

from tests.server_rooms import PROGRAMME, Clock, Sitter, lesson
from workshop.backstage.chapters import chapters
from workshop.base.errors import WorkshopError
from workshop.exercises.core import find, of_chapter
from workshop.exercises.programme import lesson as lesson_of
from workshop.exercises.programme import programme
from workshop.server.room.board import HIDDEN, NEARLY, board, share, shown, table
from workshop.server.room.programme import Part
from workshop.server.room.rooms import DAY, REMEMBERED, SEATS, Refused, Room, Rooms
from workshop.sharing.events import FIELDS, OUTCOMES, VERSION, anonymise, faults

RIGHT = {
    "version": VERSION,
    "id": "0123456789abcdef",
    "seat": "12-0123456789abcdef",
    "exercise": "5.2",
    "outcome": "wrong",
    "mistake": 3,
    "hint": None,
    "seconds": 84,
}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def room(clock):
    return Rooms(PROGRAMME, clock).open("moulin-1234")


def refused(status: int, act) -> Refused:
    with pytest.raises(Refused) as told:
        act()
    assert told.value.status == status, told.value
    return told.value


# Events -------------------------------------------------------------------------------------------------------------------------


def test_what_is_right_passes_as_it_is_and_everything_else_stays():
    assert anonymise(RIGHT, FIELDS) == RIGHT and faults(RIGHT) == []
    more = {"code": "logits / 2", "user": "amandine", "path": "/home/amandine/05.ipynb", "ip": "10.0.0.7", "__class__": "x"}
    assert anonymise(RIGHT | more, FIELDS) == RIGHT


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("value", ["/home/amandine", "", "3\n", "３", -1, 84.5678, True, math.nan, [3], {"a": 1}, "1.2 amandine"])
def test_a_field_holds_nothing_of_another_form(name, value):
    assert anonymise(RIGHT | {name: value}, FIELDS)[name] is None
    assert name in faults(RIGHT | {name: value})


@pytest.mark.parametrize("lacking", ["version", "id", "seat", "exercise", "outcome", "seconds"])
def test_what_must_be_there_is_missed(lacking):
    assert faults({name: value for name, value in RIGHT.items() if name != lacking}) == [lacking]


@pytest.mark.parametrize(
    ("event", "wrong"),
    [
        ([], ["event"]),
        (None, ["event"]),
        ("{}", ["event"]),
        (RIGHT | {"code": "x"}, ["code"]),
        (RIGHT | {"x" * 100_000: 1}, ["x" * 40]),
        (RIGHT | {"mistake": "3"}, ["mistake"]),
        (RIGHT | {"seconds": 10**5000}, ["seconds"]),
        (RIGHT | {"outcome": "right"}, ["mistake"]),
        (RIGHT | {"outcome": "hint", "mistake": None}, ["hint"]),
        (RIGHT | {"hint": 2}, ["hint"]),
        (RIGHT | {"outcome": "todo", "mistake": None, "exercise": None}, ["exercise"]),
    ],
)
def test_what_an_outcome_asks_for_is_there_and_nothing_more(event, wrong):
    assert faults(event) == wrong


def test_hands_need_no_exercise():
    assert faults(RIGHT | {"outcome": "help", "mistake": None, "exercise": None}) == []


# Rooms --------------------------------------------------------------------------------------------------------------------------


def test_a_seat_is_found_again_and_others_are_drawn(room):
    tickets = {room.take(None, VERSION) for _ in range(300)}
    assert len(tickets) == len(room.seats) == 300
    one = next(iter(tickets))
    assert room.take(one, VERSION) == one and len(room.seats) == 300


def test_forged_seats_are_refused(room):
    ticket = room.take(None, VERSION)
    number, _, mark = ticket.partition("-")
    other = Room(PROGRAMME, "autre", room.clock)
    forged = [f"{number}-{'0' * 16}", f"{int(number) + 1}-{mark}", other.take(None, VERSION), number, "", "-", "½-0", "٣-" + mark]
    forged += [f"0{ticket}", ticket.upper() if ticket.upper() != ticket else "x", "9" * 5000, None, 3, [ticket], {"a": 1}]
    for seat in forged:
        refused(401, lambda seat=seat: room.receive(RIGHT | {"seat": seat}))
        assert room.take(seat, VERSION) != seat
    assert not room.counts


@pytest.mark.parametrize("version", [None, 0, 2, "1", 1.0, True, [1]])
def test_another_version_is_refused(room, version):
    refused(409, lambda: room.take(None, version))
    sitter = Sitter(room)
    refused(409, lambda: sitter.say(version=version))
    refused(409, lambda: room.receive([]))
    assert not room.counts


def test_what_the_programme_does_not_know_is_refused(room):
    sitter = Sitter(room)
    refused(422, lambda: sitter.say("9.9"))
    refused(422, lambda: sitter.say("0.1", "wrong", mistake=4))
    refused(422, lambda: sitter.say("0.1", "wrong", mistake=0))
    refused(422, lambda: sitter.say("2.1"))
    assert not room.counts


def test_an_event_that_comes_again_counts_once(room):
    sitter = Sitter(room)
    event = sitter.event("0.1", "wrong", mistake=2)
    for _ in range(5):
        room.receive(event)
    assert list(room.counts.values()) == [1] and room.seats[int(sitter.ticket.split("-")[0])].states["0.1"].tries == 1


def test_the_memory_of_a_seat_has_bounds(room, clock):
    sitter = Sitter(room)
    for _ in range(3 * REMEMBERED):
        sitter.say()
        clock.now += 1
    (seat,) = room.seats.values()
    assert len(seat.seen) == REMEMBERED


def test_a_flood_is_held_and_others_go_on(room, clock):
    flood, quiet = Sitter(room), Sitter(room)
    held = 0
    for i in range(10_000):
        try:
            flood.say("0.1", "wrong", mistake=1)
        except Refused as error:
            assert error.status == 429
            held += 1
        if i == 5000:
            quiet.say("0.2")
    assert held >= 9_900 and room.counts.total() <= 61
    clock.now += 60
    flood.say("0.1")  # and the seat is heard again


def test_a_room_that_is_over_has_forgotten_everything(room):
    sitter = Sitter(room)
    sitter.say()
    room.end()
    assert not room.seats and not room.counts
    refused(410, sitter.say)
    refused(410, lambda: room.take(sitter.ticket, VERSION))
    refused(410, lambda: room.take(None, VERSION))


def test_a_room_is_over_when_its_day_has_passed(room, clock):
    sitter = Sitter(room)
    clock.now += DAY + 1
    refused(410, sitter.say)
    assert room.over and not room.seats


def test_a_full_room_gives_no_more(room):
    for _ in range(SEATS):
        room.take(None, VERSION)
    refused(503, lambda: room.take(None, VERSION))


def test_codes_are_readable_and_unlike_one_another():
    rooms = Rooms(PROGRAMME)
    codes = {rooms.open().code for _ in range(200)}
    assert len(codes) > 195 and all(code.isascii() and code == code.lower() for code in codes)
    assert len({room.secret for room in rooms}) == len(codes)
    refused(404, lambda: rooms.find("inconnue"))
    for code in ("été", "abc", "a/b-1234", "Moulin-1", "a" * 41, "moulin 1", "../../x"):
        with pytest.raises(WorkshopError, match="Un code de salle"):
            rooms.open(code)


def test_thirty_seats_at_once_lose_nothing(room):
    sitters = [Sitter(room) for _ in range(30)]

    def work(sitter):
        for exercise in ("0.1", "0.2", "1.1", "1.2", "1.3"):
            sitter.say(exercise, "wrong", mistake=1)
            sitter.say(exercise)

    threads = [threading.Thread(target=work, args=(sitter,)) for sitter in sitters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert room.counts.total() == 300
    assert all(state.outcome == "right" and state.tries == 1 for seat in room.seats.values() for state in seat.states.values())


def test_who_waits_is_told_of_a_change(room):
    version = room.version
    start = time.perf_counter()
    threading.Timer(0.1, lambda: room.take(None, VERSION)).start()
    assert room.wait(version, 5) != version and time.perf_counter() - start < 2
    assert room.wait(room.version, 0.05) == room.version


# The page -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "whole", "words", "percent"),
    [(0, 30, "0", 0), (1, 30, HIDDEN, 0), (2, 30, HIDDEN, 0), (3, 30, "3", 10), (27, 30, "27", 90), (28, 30, NEARLY, 100),
     (29, 30, NEARLY, 100), (30, 30, "30", 100), (2, 2, HIDDEN, 0), (3, 3, "3", 100), (3, 4, NEARLY, 100), (0, 0, "0", 0)],
)  # fmt: skip
def test_a_count_that_would_show_somebody_is_hidden(count, whole, words, percent):
    assert (shown(count, whole), share(count, whole)) == (words, percent)


def cells(room):
    return {cell.lesson.id: cell for row in board(room).rows for cell in row.cells}


def test_the_grid_counts_the_last_outcome_and_what_is_right_stays_right(room):
    sitters = [Sitter(room) for _ in range(12)]
    for sitter in sitters[:7]:
        sitter.say("0.1", "wrong", mistake=1)
    assert (cells(room)["0.1"].right, cells(room)["0.1"].stuck) == ("0", "7")
    for sitter in sitters[:4]:
        sitter.say("0.1")
    for sitter in sitters[:2]:
        sitter.say("0.1", "todo")  # run again after a restart
    for sitter in sitters[8:11]:
        sitter.say("0.1", "hint", hint=2)
    found = cells(room)["0.1"]
    assert (found.right, found.stuck, found.hints, found.right_share, found.stuck_share) == ("4", "3", "3", 33, 25)
    assert [row.part.number for row in board(room).rows] == [0, 1]


def test_mistakes_of_the_moment(room, clock):
    sitters = [Sitter(room) for _ in range(12)]
    for sitter in sitters[:4]:
        sitter.say("0.1", "wrong", mistake=1)
    for sitter in sitters[4:7]:
        sitter.say("0.1", "wrong", mistake=2)
    for sitter in sitters[7:9]:
        sitter.say("0.2", "wrong", mistake=1)
    for sitter in sitters[9:]:
        sitter.say("0.2", "wrong")  # an error without a name has no message to project
    found = [(one.lesson.id, one.number, one.count, one.third, one.message) for one in board(room).troubles]
    assert found == [("0.1", 1, "4", True, "c’est `à l’envers`"), ("0.1", 2, "3", False, "il en manque une")]
    sitters[4].say("0.1")
    assert [one.number for one in board(room).troubles] == [1]
    clock.now += 3600
    assert board(room).troubles == ()


def test_hands_name_their_seat_and_nothing_else_does(room, clock):
    first, second = Sitter(room), Sitter(room)
    numbers = [int(one.ticket.partition("-")[0]) for one in (first, second)]
    first.say("0.1", "wrong", mistake=1)
    first.say(None, "help")
    clock.now += 130
    second.say(None, "help")
    first.say(None, "help")  # again: it has waited since the first time
    assert [(one.number, one.where, one.minutes) for one in board(room).hands] == [(numbers[0], "0.1", 2), (numbers[1], "", 0)]
    clock.now -= 3600  # somebody sets the clock of the machine
    assert [one.minutes for one in board(room).hands] == [0, 0]
    clock.now += 3600
    first.say(None, "calm")
    room.lower(numbers[1])
    room.lower(999)
    assert board(room).hands == ()


def test_pace_is_compared_with_the_printed_minutes(room):
    sitters = [Sitter(room) for _ in range(6)]

    def pace():
        return next((row.pace, row.late, row.here) for row in board(room).rows if row.part.number == 1)

    for sitter in sitters[:2]:
        sitter.say("1.1", seconds=600)
    assert pace()[0] == ""  # two people are nobody
    for sitter in sitters[2:]:
        sitter.say("1.1", seconds=660)
    assert pace() == ("11 min sur 35, 1 exercice sur 2\u00a0: dans les temps", False, True)
    for sitter in sitters:
        sitter.say("1.3", seconds=1500)  # a bonus is not asked of anybody
    assert pace() == ("25 min sur 35, 1 exercice sur 2\u00a0: en retard", True, True)
    for sitter in sitters:
        sitter.say("1.2", seconds=2400)
    assert pace() == ("40 min sur 35, 2 exercices sur 2\u00a0: fini", False, True)


def test_the_minutes_are_those_of_the_exercises_that_notebooks_mark_for_the_room():
    whole = [lesson("1.1"), lesson("1.2"), lesson("1.3", bonus=True)]
    assert [one.id for one in Part(1, "Un", 9, tuple(whole)).needed] == ["1.1", "1.2"]
    assert [one.id for one in Part(1, "Un", 9, tuple(whole), room=("1.2",)).needed] == ["1.2"]
    for chapter, part in zip(chapters(), programme().parts, strict=True):
        assert [one.id for one in part.needed] == chapter.front["room"]


def test_a_bench_that_is_ahead_is_offered_the_other_exercises(room):
    sitters = [Sitter(room) for _ in range(8)]
    for sitter in sitters:
        sitter.say("1.1")
    assert board(room).ahead == ""
    for sitter in sitters[:2]:
        sitter.say("1.2")
    assert board(room).ahead == ""
    sitters[2].say("1.2")
    assert board(room).ahead == "3 places ont fini le chapitre 01 : proposez les autres exercices (1.3)."
    for sitter in sitters[3:7]:
        sitter.say("1.2")
    assert board(room).ahead == ""  # one alone has not finished: it is not to be shown


def test_the_csv_hides_what_the_page_hides(room):
    sitters = [Sitter(room) for _ in range(9)]
    for sitter in sitters[:5]:
        sitter.say("1.1", "wrong", mistake=1)
    for sitter in sitters[5:7]:
        sitter.say("0.2", "wrong", mistake=3)
    sitters[0].say("1.1", "hint", hint=1)
    lines = table(room).splitlines()
    assert lines[0] == "exercice,issue,erreur,message,places"
    assert lines[1:] == [
        f"0.2,pas encore,3,<b>gras</b>,{HIDDEN}",
        f"1.1,indice demandé,,,{HIDDEN}",
        "1.1,pas encore,1,c’est `à l’envers`,5",
    ]


def test_the_programme_holds_the_messages_of_the_exercises():
    exercise = find("5.1")
    known = lesson_of(exercise)
    assert len(known.mistakes) == len(exercise.mistakes) == len(known.hints)
    assert known.mistakes[0].startswith("C’est à l’envers") and known.minutes == exercise.minutes


def test_outcomes_are_those_of_the_fields():
    assert set(OUTCOMES) == {"right", "wrong", "todo", "hint", "help", "calm"}


def test_every_exercise_of_the_workshop_can_be_spoken_of():
    known = [one.id for chapter in range(9) for one in of_chapter(chapter)]
    assert len(known) > 35 and "3.3b" in known
    assert all(re.fullmatch(FIELDS["exercise"], id) for id in known)
    assert all(len(find(id).mistakes) < 100 for id in known)
