"""At the door of the class server: names, secrets, how fast one may guess (``docker/hub/entrance.py``; needs no JupyterHub)."""

import asyncio
import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CASES = json.loads((ROOT / "tests" / "cases" / "hub-names.json").read_text(encoding="utf-8"))


def _load():
    import sys

    spec = importlib.util.spec_from_file_location("hub_entrance", ROOT / "docker" / "hub" / "entrance.py")
    module = sys.modules["hub_entrance"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


entrance = _load()

OTHERS = {
    "Élodie B.": "elodie-b", "E\u0301lodie  B": "elodie-b", "Łukasz": "lukasz", "Weiß": "weiss", "WEISS": "weiss",
    "Æsa": "aesa", "Þóra": "thora", "Đặng": "dang", "İpek": "ipek", "Işıl": "isil", "ŒUVRARD": "oeuvrard",
    "O’Brien": "o-brien", "O'Brien": "o-brien", "Jean\u2011Paul": "jean-paul", "Jean Paul": "jean-paul",
    "Cami\u00adlle\u200b": "camille", "Ａｔｅｌｉｅｒ": "atelier", "_atelier_": "atelier", "李娜": "",
    "Kɔfi": "kofi", "Ɛli": "eli", "Əli": "eli", "Ɗan": "dan", "Ƙasa": "kasa", "Øǿ": "oo", "Ɣe": "ge", "Ʉa": "ua",
    "ℰlodie": "elodie", "𝐀telier": "atelier", "Ⓐtelier": "atelier", "ﬁona": "fiona", "Nguyễn": "nguyen", "ŉa": "na",
    "\u0430telier": "telier", "Ατελιέ": "", "👩\u200d🚀 Zoé": "zoe", "¡!¿?": "", "atelier\0": "atelier",
}  # fmt: skip


@pytest.mark.parametrize(("typed", "account"), [*CASES.items(), *OTHERS.items()])
def test_a_name_becomes_one_account_however_it_is_typed(typed, account):
    assert entrance.plain_name(typed) == account
    assert entrance.plain_name(account) == account


def test_secrets_are_compared_as_they_are_meant():
    assert entrance.is_same(" château-bleu ", "cha\u0302teau-bleu\n")
    assert not entrance.is_same("chateau-bleu", "château-bleu")
    assert not entrance.is_same("", "château-bleu")


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:1:aaaa::1", "2001:db8:0:1::"),
        ("2001:db8:0:1:bbbb::2", "2001:db8:0:1::"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
    ],
)
def test_an_address_that_one_person_can_change_at_will_counts_once(address, place):
    assert entrance.neighbourhood(address) == place


class Wrong(Exception):
    pass


class Clock:
    """A clock that only those who wait set forward."""

    def __init__(self):
        self.now, self.waiting = 0.0, []

    async def sleep(self, seconds: float) -> None:
        done = asyncio.get_running_loop().create_future()
        self.waiting.append((self.now + seconds, done))
        await done

    async def forward(self, seconds: float) -> None:
        self.now += seconds
        for moment, done in [entry for entry in self.waiting if entry[0] <= self.now]:
            self.waiting.remove((moment, done))
            done.set_result(None)
        await _settle()


async def _settle():
    for _ in range(5):
        await asyncio.sleep(0)


async def _guess(patience, right: bool, *names: str) -> str:
    try:
        async with patience.turn([(name, 5, 4) for name in names]):
            if not right:
                raise Wrong
    except Wrong:
        return "wrong"
    except entrance.TooManyGuesses:
        return "later"
    return "in"


def _patience() -> tuple:
    clock = Clock()
    return entrance.Patience(clock=lambda: clock.now, sleep=clock.sleep), clock


def test_whoever_guesses_gets_one_answer_a_second_and_the_others_come_in_at_once():
    async def story():
        patience, clock = _patience()
        assert [await _guess(patience, False, "room") for _ in range(5)] == ["wrong"] * 5  # a class mistypes
        compared = 0
        for _ in range(400):  # a hundred seconds, with as many questions at once as one likes
            attacks = [asyncio.create_task(_guess(patience, False, "room")) for _ in range(10)]
            await _settle()
            compared += sum(not attack.done() for attack in attacks)
            assert all(attack.result() == "later" for attack in attacks if attack.done())
            await clock.forward(0.25)
        assert 80 <= compared <= 110
        await clock.forward(4)
        guess = asyncio.create_task(_guess(patience, False, "room"))
        await _settle()
        assert not guess.done()
        assert await _guess(patience, True, "room") == "in"  # while the other waits
        await clock.forward(4)
        assert await guess == "wrong"

    asyncio.run(story())


def test_a_guess_needs_a_seat_for_its_account_and_for_its_address():
    async def story():
        patience, _ = _patience()
        for _ in range(5):
            assert await _guess(patience, False, "elodie", "here") == "wrong"
        waiting = [asyncio.create_task(_guess(patience, False, "elodie", f"address {n}")) for n in range(4)]
        await _settle()
        assert await _guess(patience, True, "elodie", "elsewhere") == "later"
        assert await _guess(patience, True, "camille", "here") == "in"
        for guess in waiting:
            guess.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert await _guess(patience, True, "elodie", "elsewhere") == "in"  # whoever gives up leaves the seat

    asyncio.run(story())


def test_mistakes_are_forgiven_and_forgotten_with_time():
    async def story():
        patience, clock = _patience()
        for _ in range(5):
            await _guess(patience, False, "room")
        await clock.forward(60)
        assert [await _guess(patience, False, "room") for _ in range(5)] == ["wrong"] * 5
        for number in range(3000):
            await clock.forward(1)
            await _guess(patience, True, f"address {number}")
        assert len(patience.benches) <= 1000

    asyncio.run(story())
