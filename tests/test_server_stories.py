"""« Mes histoires » and the page where one writes: kept, found again, rated, taken away, deleted; and nothing is lost."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tests.server_pens import FakePen, fake_engine
from tests.server_site import GENEROUS, PASSWORD, Visitor, hidden, known, rows, site, stories_of
from workshop.server.database import Story
from workshop.server.engine import Engine, Model
from workshop.server.extensions import db


def dated(app, *moments: str) -> None:
    """Say that the stories were kept at these moments of this machine, in the order of their numbers."""
    with app.app_context():
        for number, moment in zip(db.session.scalars(sa.select(Story.id).order_by(Story.id)).all(), moments, strict=True):
            utc = datetime.fromisoformat(moment).astimezone(UTC).replace(tzinfo=None)
            db.session.execute(sa.update(Story).where(Story.id == number).values(created=utc))
        db.session.commit()


def titles(page: str) -> list[str]:
    return re.findall(r'<h2><a href="/histoires/\d+" lang="\w+">([^<]*)</a>', page)


# Writing ----------------------------------------------------------------------------------------------------------------------


def test_writing_without_an_account_and_without_javascript(lite):
    answer = Visitor(lite).send("/ecrire", prompt="Il était", max_new_tokens="3", temperature="0,5", seed="42")
    assert answer.status_code == 200 and rows(lite)["stories"] == 0
    assert '<article id="story" class="prose" lang="fr"><span class="given">Il était</span> une fois, au</article>' in answer.text
    form = hidden(answer.text)
    assert (form["prompt"], form["text"], form["seed"]) == ("Il était", " une fois, au", "42")
    assert (form["model"], form["language"], form["temperature"]) == ("base", "fr", "0,5")


def test_no_seed_is_another_text_each_time(lite):
    seeds = {hidden(Visitor(lite).send("/ecrire", prompt="Il", max_new_tokens="1").text)["seed"] for _ in range(4)}
    assert len(seeds) == 4


def test_the_language_is_offered_when_a_model_speaks_it_and_the_story_is_the_models(lite, tmp_path):
    page = Visitor(lite).get("/").text
    assert 'value="en"' in page and 'value="fr" checked' in page
    answer = Visitor(lite).send("/ecrire", prompt="Once", language="en", max_new_tokens="2")
    assert hidden(answer.text)["model"] == "english" and hidden(answer.text)["language"] == "en"
    named = Visitor(lite).send("/ecrire", prompt="Once", language="fr", model="english", max_new_tokens="2")
    assert hidden(named.text)["language"] == "en"
    alone = site(f"sqlite:///{tmp_path / 'x.sqlite'}", Engine([Model("base", "base", "fr", FakePen)]))
    page = Visitor(alone).get("/").text
    assert 'type="radio"' not in page and "<select" not in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", ""), ("prompt", "   "), ("prompt", "a" * 2001), ("prompt", "a\0b"), ("max_new_tokens", "0"),
        ("max_new_tokens", "100000"), ("max_new_tokens", "1e3"), ("temperature", "chaud"), ("temperature", "-1"),
        ("temperature", "nan"), ("temperature", "1" * 400),
        ("top_p", "2"), ("seed", "-1"), ("seed", "9" * 30), ("model", "nobody"), ("model", "specialised"), ("language", "de"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_said_and_the_beginning_stays(lite, field, value):
    answer = Visitor(lite).send("/ecrire", **{"prompt": "Mon début à moi", field: value})
    assert answer.status_code == 400
    said = re.search(r'<p id="trouble" class="trouble" role="alert">([^<]+)</p>', answer.text)
    assert said and len(said[1]) > 20
    assert not re.search(
        r"«\u00a0(prompt|max_new_tokens|temperature|top_p|seed|language)\u00a0»", said[1]
    )  # as the page calls it
    assert field == "prompt" or "Mon début à moi</textarea>" in answer.text
    assert "<details" in answer.text and "open" in answer.text


def test_a_model_that_is_busy_says_when_to_come_back(tmp_path):
    engine = fake_engine(places=0)
    app = site(f"sqlite:///{tmp_path / 'x.sqlite'}", engine)
    with engine.turn("base"):
        answer = Visitor(app).send("/ecrire", prompt="Il")
    assert answer.status_code == 503 and int(answer.headers["Retry-After"]) >= 1 and "occupé" in answer.text
    assert Visitor(app).send("/ecrire", prompt="Il").status_code == 200


def test_a_model_that_breaks_is_a_page_and_frees_the_others(tmp_path, caplog):
    def fail():
        raise RuntimeError("le secret d’Aurore")

    app = site(f"sqlite:///{tmp_path / 'x.sqlite'}", Engine([Model("base", "base", "fr", lambda: FakePen(before=fail))]))
    for _ in range(2):
        answer = Visitor(app).send("/ecrire", prompt="Il")
        assert answer.status_code == 500 and "Le serveur s’est trompé" in answer.text and "secret" not in answer.text
    assert "RuntimeError" in caplog.text and "secret" not in caplog.text and "/ecrire" in caplog.text


def test_too_many_texts_are_told_to_wait(tmp_path):
    app = site(f"sqlite:///{tmp_path / 'x.sqlite'}", limits=replace(GENEROUS, generate="2 per minute"))
    visitor = Visitor(app)
    answers = [visitor.send("/ecrire", prompt="Il", max_new_tokens="1") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert int(answers[2].headers["Retry-After"]) > 0
    assert known(app, "Aurore").send("/ecrire", prompt="Il", max_new_tokens="1").status_code == 200


# Keeping ----------------------------------------------------------------------------------------------------------------------


def test_kept_as_it_was_written(app):
    visitor = known(app, "Aurore")
    written = visitor.send("/ecrire", prompt="Il\r\nétait «'<b>", max_new_tokens="5", temperature="0,5", seed="42")
    assert visitor.send("/histoires", **hidden(written.text)).location == "/histoires"
    (story,) = stories_of(app, "Aurore")
    assert (story.prompt, story.text) == ("Il\nétait «'<b>", " une fois, au bord de")
    assert story.settings == {"seed": 42, "temperature": 0.5, "top_p": 0.9, "max_new_tokens": 5}
    assert (story.language, story.model, story.rating) == ("fr", "base", None)
    assert "L’histoire est gardée." in visitor.get("/histoires").text


@pytest.mark.parametrize("way", ["sign_up", "sign_in"])
def test_a_story_waits_while_its_reader_gets_an_account(app, way):
    if way == "sign_in":
        known(app, "Aurore").send("/deconnexion")
    visitor = Visitor(app)
    asked = visitor.keep(" qui <i>attend</i>")
    assert asked.status_code == 200 and "qui &lt;i&gt;attend" in asked.text and rows(app)["stories"] == 0
    draft = {"draft": hidden(asked.text)["draft"]}
    wrong = visitor.send("/connexion", name="Aurore", password="pas le bon", **draft)  # a slip does not lose it
    assert wrong.status_code == 403 and hidden(wrong.text)["draft"] == draft["draft"]
    words = {"name": "Aurore", "password": PASSWORD, "again": PASSWORD} | draft
    assert visitor.send("/inscription" if way == "sign_up" else "/connexion", **words).location == "/histoires"
    assert [story.text for story in stories_of(app, "Aurore")] == [" qui <i>attend</i>"]


def test_a_forged_draft_is_nothing(lite):
    visitor = Visitor(lite)
    draft = hidden(visitor.keep(" vrai").text)["draft"]
    answer = visitor.send("/inscription", name="Aurore", password=PASSWORD, again=PASSWORD, draft=draft[:-3] + "AAA")
    assert answer.status_code == 302 and visitor.name == "Aurore" and rows(lite)["stories"] == 0


def test_a_page_of_before_signing_in_loses_nothing(lite):
    visitor = Visitor(lite)
    old = hidden(visitor.send("/ecrire", prompt="Il", max_new_tokens="3", seed="5").text)
    visitor.sign_up("Aurore")  # in another tab: the old page's token is not valid any more
    answer = visitor.browser.post("/histoires", data=old)
    assert answer.status_code == 200 and "un clic, et elle est gardée" in answer.text and rows(lite)["stories"] == 0
    again = hidden(answer.text)
    assert again | {"csrf_token": ""} == old | {"csrf_token": ""} | {"temperature": "0.8", "top_p": "0.9"}
    assert visitor.browser.post("/histoires", data=again).status_code == 302
    assert [story.text for story in stories_of(lite, "Aurore")] == [old["text"]]
    anew = visitor.browser.post("/ecrire", data={**old, "prompt": "Un long début"})
    assert anew.status_code == 400 and "Un long début</textarea>" in anew.text


@pytest.mark.parametrize(
    "form",
    [{"text": ""}, {"text": "  "}, {"text": "a\0b"}, {"text": "a" * 40_001}, {"prompt": ""}, {"language": "de"}, {"seed": "x"}],
)
def test_what_is_no_story_is_not_kept(lite, form):
    visitor = known(lite, "Aurore")
    answer = visitor.keep(**form)
    assert answer.location == "/" and "n’a pas pu être gardée" in visitor.get("/").text and rows(lite)["stories"] == 0


def test_there_is_an_end_to_what_one_account_keeps(tmp_path):
    app = site(f"sqlite:///{tmp_path / 'x.sqlite'}", limits=replace(GENEROUS, stories=3))
    visitor = known(app, "Aurore")
    for number in range(5):
        visitor.keep(f" n{number}")
    assert len(stories_of(app, "Aurore")) == 3 and "exportez-les" in visitor.get("/histoires").text


# Finding again ----------------------------------------------------------------------------------------------------------------


def test_sorted_and_filtered(app):
    visitor = known(app, "Aurore")
    for name, language, note in [("Un", "fr", "3"), ("Two", "en", ""), ("Trois", "fr", "10"), ("Four", "en", "1")]:
        visitor.keep(prompt=f"{name} mots", text=" et la suite", language=language)
        number = stories_of(app, "Aurore")[-1].id
        visitor.send(f"/histoires/{number}/note", note=note)
    dated(app, "2026-01-01 00:00:00", "2026-01-31 23:59:59", "2026-02-01 00:00:00", "2026-03-01 12:00:00")

    def seen(query: str) -> list[str]:
        return [one.split()[0] for one in titles(visitor.get(f"/histoires?{query}").text)]

    assert seen("") == ["Four", "Trois", "Two", "Un"]
    assert seen("tri=anciennes") == ["Un", "Two", "Trois", "Four"]
    assert seen("tri=notes") == ["Trois", "Un", "Four", "Two"]
    assert seen("tri=langue") == ["Four", "Two", "Trois", "Un"]
    assert seen("langue=fr") == ["Trois", "Un"] and seen("langue=en&tri=anciennes") == ["Two", "Four"]
    assert seen("du=2026-01-31&au=2026-02-01") == ["Trois", "Two"]
    assert seen("du=2026-02-01") == ["Four", "Trois"] and seen("au=2026-01-31") == ["Two", "Un"]
    assert seen("du=2027-01-01") == [] and "Aucune histoire ne correspond" in visitor.get("/histoires?du=2027-01-01").text
    for nonsense in ("langue=de", "du=hier", "au=2026-02-31", "tri=secret", "page=0", "page=x", "du=0001-01-01", "langue=fr'--"):
        assert len(seen(nonsense)) in (2, 4), nonsense
    assert "2 histoires sur 4" in visitor.get("/histoires?langue=fr").text


def test_many_are_seen_a_page_at_a_time(lite):
    visitor = known(lite, "Aurore")
    token = visitor.token()
    for number in range(45):
        visitor.browser.post("/histoires", data={"csrf_token": token, "prompt": f"N{number:02}", "text": " suite", "seed": "1"})
    pages = [[one[:3] for one in titles(visitor.get(f"/histoires?page={page}").text)] for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [20, 20, 5]
    assert [one for page in pages for one in page] == [f"N{number:02}" for number in reversed(range(45))]
    assert visitor.get("/histoires?page=9&tri=anciennes").location == "/histoires?tri=anciennes&page=3"


# Rating, taking away, deleting ------------------------------------------------------------------------------------------------


def test_rated_from_1_to_10(app):
    visitor = known(app, "Aurore")
    visitor.keep()
    (story,) = stories_of(app, "Aurore")
    for note, kept in [("1", 1), ("10", 10), ("", None), ("7", 7)]:
        answer = visitor.send(f"/histoires/{story.id}/note?langue=fr", note=note)
        assert answer.location == f"/histoires?langue=fr#histoire-{story.id}"
        assert stories_of(app, "Aurore")[0].rating == kept
    for note in ("0", "11", "-1", "7.5", "dix", "٧", " 7", "1e1"):
        assert visitor.send(f"/histoires/{story.id}/note", note=note).status_code == 400
    assert stories_of(app, "Aurore")[0].rating == 7
    assert '<option value="7" selected>' in visitor.get(f"/histoires/{story.id}").text


def test_taken_away_in_three_forms(app):
    visitor, other = known(app, "Aurore"), known(app, "Indiana")
    visitor.keep(prompt="=HYPERLINK(1)", text=' ; "suite"\nà la ligne')
    visitor.keep(prompt="Once", text=" upon", language="en", model="english")
    other.keep(prompt="À Indiana", text=" seule")
    visitor.send(f"/histoires/{stories_of(app, 'Aurore')[0].id}/note", note="9")
    found = {ending: visitor.get(f"/histoires/export.{ending}") for ending in ("json", "csv", "txt")}
    for ending, answer in found.items():
        assert answer.headers["Content-Disposition"] == f'attachment; filename="histoires.{ending}"'
        assert "Indiana" not in answer.text
    known_of = json.loads(found["json"].text)["stories"]
    assert [one["prompt"] for one in known_of] == ["Once", "=HYPERLINK(1)"]
    assert known_of[1]["text"] == ' ; "suite"\nà la ligne' and known_of[1]["rating"] == 9 and known_of[1]["settings"]["seed"] == 7
    text = found["csv"].data.decode("utf-8-sig")
    table = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))
    assert [row["début"] for row in table] == ["Once", "'=HYPERLINK(1)"]  # no cell is a formula
    assert table[1]["suite"] == ' ; "suite"\nà la ligne' and table[1]["note"] == "9"
    assert found["csv"].data.startswith(b"\xef\xbb\xbf") and "Once upon" in found["txt"].text
    assert len(json.loads(visitor.get("/histoires/export.json?langue=en").text)["stories"]) == 1
    assert visitor.get("/histoires/export.exe").status_code == 404


def test_deleted_one_or_all_after_a_question(app):
    visitor, other = known(app, "Aurore"), known(app, "Indiana")
    for text in (" un", " deux", " trois"):
        visitor.keep(text)
        other.keep(text)
    first, second, third = (story.id for story in stories_of(app, "Aurore"))
    asked = visitor.get(f"/histoires/{second}/supprimer")
    assert "Supprimer cette histoire" in asked.text and len(stories_of(app, "Aurore")) == 3
    assert visitor.send(f"/histoires/{second}/supprimer").location == "/histoires"
    assert [story.id for story in stories_of(app, "Aurore")] == [first, third]
    assert visitor.send(f"/histoires/{second}/supprimer").status_code == 404
    assert "2 histoires" in visitor.get("/histoires/supprimer").text and len(stories_of(app, "Aurore")) == 2
    visitor.send("/histoires/supprimer")
    assert stories_of(app, "Aurore") == [] and len(stories_of(app, "Indiana")) == 3
    assert "Rien encore" in visitor.get("/histoires").text


# Pages ------------------------------------------------------------------------------------------------------------------------


def test_french_typography(lite):
    """No plain space where French wants one that does not break, on any page; and every page says so in its language."""
    visitor = known(lite, "Aurore")
    visitor.keep()
    number = stories_of(lite, "Aurore")[0].id
    mine = [
        "/histoires",
        f"/histoires/{number}",
        f"/histoires/{number}/supprimer",
        "/histoires/supprimer",
        "/compte",
        "/compte/cles",
        "/nulle-part",
    ]
    pages = [visitor.get(path).text for path in ("/", "/confidentialite", *mine)]
    pages += [Visitor(lite).get(path).text for path in ("/connexion", "/inscription")] + [Visitor(lite).keep().text]
    for page in pages:
        assert '<html lang="fr">' in page
        words = re.sub(r"(?s)<script.*?</script>|<[^>]*>", "¤", page)
        assert re.findall(r".{12} [;:!?»].{5}|« .{9}|\w'\w.{9}", words) == []


def test_every_control_has_a_name(lite):
    visitor = known(lite, "Aurore")
    visitor.keep()
    for path in ("/", "/histoires", "/compte"):
        page = visitor.get(path).text
        labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', page))
        controls = re.findall(r"<(?:input|select|textarea) (?:(?!type=\"(?:hidden|radio)\")[^>])*>", page)
        unseen = ('type="hidden"', 'type="radio"', "hidden>")  # a radio is inside its label
        ids = [re.search(r'id="([^"]+)"', one) for one in controls if not any(word in one for word in unseen)]
        assert ids and all(found and found[1] in labelled for found in ids), path
        every = re.findall(r' id="([^"]+)"', page)
        assert len(every) == len(set(every)), path
