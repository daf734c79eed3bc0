"""Stories are kept, found, renamed, deleted and brought back; two notebooks lose nothing; what goes wrong is a sentence."""

import contextlib
import csv
import multiprocessing
import os
import sqlite3
from datetime import datetime
from pathlib import Path

import pytest

from workshop.base.errors import WorkshopError
from workshop.generation.sampling import Sampling
from workshop.stories import pages, shelf
from workshop.stories.shelf import Stories, age_band, first_words, fold

PROMPT = "Le meunier ouvrit la porte "


@pytest.fixture
def stories(tmp_path):
    return Stories(tmp_path / "outputs" / "stories.db")


def keep(stories, text=" et l'âne entra.", title="", **settings):
    return stories.keep(PROMPT, text, "base", vars(Sampling(**settings)), title)


def test_what_was_kept_is_found_by_another_notebook(stories):
    story = keep(stories, title="L’âne", temperature=1.2, seed=7)
    assert Stories(stories.path).all() == [story] == [stories.get(story.id)]
    assert story.settings["temperature"] == 1.2 and Sampling(**story.settings) == Sampling(temperature=1.2, seed=7)
    assert story.shown == "Le meunier ouvrit la porte et l'âne entra."
    assert abs((datetime.now() - datetime.fromisoformat(story.kept_at)).total_seconds()) < 60


def test_by_default_they_are_kept_with_what_the_chapters_make(monkeypatch, tmp_path):
    from workshop.base.settings import settings

    monkeypatch.setenv("WORKSHOP_OUTPUTS", str(tmp_path))
    settings.cache_clear()
    try:
        assert Stories().path == tmp_path / "stories.db"
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_the_last_kept_comes_first(stories):
    kept = [keep(stories, title=f"Histoire {i}") for i in range(3)]
    assert stories.all() == kept[::-1]


def test_an_empty_text_is_not_kept(stories):
    with pytest.raises(WorkshopError, match="pas encore de texte"):
        keep(stories, " \n")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Court.", "Court."),
        ("  Il\nétait   une fois ", "Il était une fois"),
        ("Il y avait une fois, au bord de la rivière, un vieux moulin.", "Il y avait une fois, au bord de la rivière, un…"),
        ("m" * 80, "m" * 50 + "…"),
        ("Il y avait une fois une femme qui avait un chat — et", "Il y avait une fois une femme qui avait un chat…"),
    ],
)
def test_first_words_make_a_title(text, title):
    assert first_words(text) == title


@pytest.mark.parametrize("words", ["ANE", "âne", "l’ane", "entra meunier", "coeur", "BASE", "", "  "])
def test_search_does_not_mind_accents_capitals_order(stories, words):
    story = keep(stories, " et l'âne entra, le cœur léger.")
    assert stories.search(words) == [story]


def test_search_wants_every_word(stories):
    story = keep(stories, title="Décembre")
    keep(stories, " et le chat sortit.", title="Juin")
    assert stories.search("decembre ane") == [story]
    assert stories.search("decembre chat") == []
    assert [one.title for one in stories.search("meunier")] == ["Juin", "Décembre"]


def test_fold_keeps_letters_only_without_their_marks():
    assert fold("ŒUVRE, Évêché, l’Æon ﬁn") == "oeuvre, eveche, l'aeon fin"


def test_rename(stories):
    story = keep(stories)
    assert stories.rename(story.id, "  Le retour\nde l’âne ").title == "Le retour de l’âne" == stories.get(story.id).title
    with pytest.raises(WorkshopError, match="titre vide"):
        stories.rename(story.id, "  ")


def test_delete_and_undo_bring_back_everything(stories):
    kept = [keep(stories, title=str(i)) for i in range(3)]
    stories.rate(kept[1].id, 8, 12, "Bien !")
    before, said = stories.all(), stories.opinions()
    stories.delete(kept[1].id)
    stories.delete(kept[0].id)
    assert stories.all() == [kept[2]] and stories.opinions() == {} and stories.search("meunier") == [kept[2]]
    assert stories.undo() == kept[0] and stories.undo() == kept[1] and stories.undo() is None
    assert stories.all() == before and stories.opinions() == said


def test_undo_after_the_kernel_was_restarted(stories):
    story = keep(stories)
    stories.delete(story.id)
    assert Stories(stories.path).undo() == story


def test_undo_is_for_the_deletions_of_this_notebook_first(stories):
    kept, other = [keep(stories, title=str(i)) for i in range(2)], Stories(stories.path)
    stories.delete(kept[0].id)
    other.delete(kept[1].id)
    assert stories.undo() == kept[0]
    assert stories.undo() == kept[1]
    assert other.undo() is None


def test_old_deletions_are_real(stories):
    kept = [keep(stories, title=str(i)) for i in range(shelf.UNDOS + 2)]
    stories.rate(kept[0].id, 5)
    for story in kept:
        stories.delete(story.id)
    with sqlite3.connect(stories.path) as db:
        assert db.execute("SELECT COUNT(*) FROM stories").fetchone()[0] == shelf.UNDOS
        assert db.execute("SELECT COUNT(*) FROM ratings").fetchone()[0] == 0
    db.close()
    while stories.undo():
        pass
    assert {story.title for story in stories.all()} == {story.title for story in kept[2:]}


@pytest.mark.parametrize("action", ["get", "delete", "rename", "rate"])
def test_a_story_that_another_notebook_deleted(stories, action):
    story = keep(stories)
    Stories(stories.path).delete(story.id)
    more = {"rename": ("titre",), "rate": (5,)}.get(action, ())
    with pytest.raises(WorkshopError, match="n’est plus là"):
        getattr(stories, action)(story.id, *more)


# Ratings -------------------------------------------------------------------------------------------------------------


def test_ratings_and_averages(stories):
    cold, warm = keep(stories, temperature=0.5), keep(stories, temperature=1.5)
    unrated = keep(stories, temperature=1.0)
    for score, age in ((8, 9), (6, 41), (7, None)):
        stories.rate(cold.id, score, age, " Jolie fin. ")
    stories.rate(warm.id, 3, 70)
    table = stories.ratings()
    assert len(table) == 4 and unrated.id not in set(table["story"])
    assert table["age"].isna().sum() == 1 and set(table["remark"]) == {"Jolie fin.", ""}
    averages = stories.averages()
    assert averages.index.tolist() == [0.5, 1.5]
    assert averages.loc[0.5, "moyenne"] == 7 and averages.loc[0.5, "écart type"] == 1 and averages.loc[0.5, "notes"] == 3
    assert averages.loc[1.5, "moyenne"] == 3 and averages["écart type"].isna().tolist() == [False, True]
    assert averages.loc[0.5, ["plus basse", "plus haute", "histoires"]].tolist() == [6, 8, 1]
    assert stories.averages("age_band")["notes"].to_dict() == {
        "moins de 12 ans": 1, "40 à 64 ans": 1, "âge non donné": 1, "65 ans et plus": 1,
    }  # fmt: skip
    assert stories.averages("model")["moyenne"].tolist() == [6.0]


def test_no_ratings_yet(stories):
    keep(stories)
    assert stories.ratings().empty and stories.averages("top_p").empty and stories.opinions() == {}


@pytest.mark.parametrize("score", [0, 11, 5.5, -1])
def test_scores_go_from_1_to_10(stories, score):
    story = keep(stories)
    with pytest.raises(WorkshopError, match="de 1 à 10"):
        stories.rate(story.id, score)
    assert stories.opinions() == {}


@pytest.mark.parametrize("age", [0, 150, -3])
def test_ages_are_those_of_readers(stories, age):
    with pytest.raises(WorkshopError, match="laissez la case vide"):
        stories.rate(keep(stories).id, 5, age)


def test_averages_by_something_else(stories):
    with pytest.raises(WorkshopError, match="« couleur » n’est pas un réglage"):
        stories.averages("couleur")


def test_age_bands_leave_no_age_out():
    bands = [age_band(age) for age in range(1, 121)]
    assert len(set(bands)) == 5 and all(bands) and age_band(None) == "âge non donné"
    assert [age_band(age) for age in (11, 12, 64, 65)] == ["moins de 12 ans", "12 à 17 ans", "40 à 64 ans", "65 ans et plus"]


# Files ---------------------------------------------------------------------------------------------------------------


def test_markdown_holds_everything_and_nothing_is_taken_for_markup(stories, tmp_path):
    story = keep(stories, " et dit:\n--Entrez *ici*, vite!\n# Fin", title="Un <titre>", top_p=0.95)
    stories.rate(story.id, 9, 10, "J’ai ri")
    text = stories.to_markdown(tmp_path / "été" / "mes histoires.md").read_text(encoding="utf-8")
    assert "## Un \\<titre\\>" in text and "top-p 0,95" in text and "*base · température 0,8" in text
    assert "\\--Entrez \\*ici\\*, vite\u202f!" in text and "\\# Fin" in text
    assert "- 9/10 (10 ans)\u00a0: «\u00a0J’ai ri\u00a0»" in text


def test_csv_opens_in_a_french_excel_and_comes_back(stories, tmp_path):
    keep(stories, ' puis « non » ; et\n"rien"', title="=1+1", temperature=0.75)
    story = keep(stories, title="Été")
    stories.rate(story.id, 9, 10, "drôle")
    stories.rate(story.id, 6)
    raw = stories.to_csv(tmp_path / "histoires.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and raw.count(b"\r\n") == 3
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines(keepends=True), delimiter=";"))
    assert [row["titre"] for row in rows] == ["Été", "'=1+1"]
    assert rows[1]["suite"] == ' puis « non » ; et\n"rien"' and rows[1]["température"] == "0,75"
    assert rows[0]["moyenne"] == "7,5" and rows[0]["notes"] == "2"
    assert rows[0]["avis"] == "9/10 (10 ans)\u00a0: «\u00a0drôle\u00a0» | 6/10"


def test_only_some_stories(stories, tmp_path):
    kept = [keep(stories, title=f"Titre{i}") for i in range(2)]
    text = stories.to_markdown(tmp_path / "a.md", only=kept[:1]).read_text(encoding="utf-8")
    assert "Titre0" in text and "Titre1" not in text and "1 histoire." in text


def test_names_of_files_suit_windows():
    name = pages.file_name("csv", datetime(2026, 11, 20, 9, 5, 3))
    assert name == "histoires-2026-11-20-09h05m03.csv" and not set(name) & set('<>:"/\\|?*')


def test_a_file_that_cannot_be_written_leaves_nothing_behind(stories, tmp_path):
    keep(stories)
    target = tmp_path / "dossier.csv"
    target.mkdir()
    with pytest.raises(WorkshopError, match=r"n’a pas pu être écrit.*intactes"):
        stories.to_csv(target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dossier.csv", "outputs"]


# Two notebooks, and what goes wrong ----------------------------------------------------------------------------------


def _write_many(path: Path, name: str, count: int) -> None:
    stories = Stories(path)
    for i in range(count):
        story = stories.keep(PROMPT, f" texte {i}", name, vars(Sampling(seed=i)))
        stories.rate(story.id, 1 + i % 10)
        if i % 10 == 9:
            stories.delete(story.id)
            assert stories.undo() == story


def test_two_notebooks_writing_at_once_lose_nothing(tmp_path):
    """Neither has made the file yet: even the first second is shared."""
    path, count = tmp_path / "stories.db", 200
    start = multiprocessing.get_context("spawn").Process
    notebooks = [start(target=_write_many, args=(path, name, count)) for name in ("Lab", "Voilà")]
    for one in notebooks:
        one.start()
    for one in notebooks:
        one.join(300)
    assert [one.exitcode for one in notebooks] == [0, 0]
    stories = Stories(path)
    expected = {(name, i) for name in ("Lab", "Voilà") for i in range(count)}
    assert len(stories.all()) == 2 * count and {(s.model, s.settings["seed"]) for s in stories.all()} == expected
    assert len(stories.ratings()) == 2 * count
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    db.close()


def test_a_file_that_is_not_a_database_is_left_alone(stories):
    stories.path.parent.mkdir()
    stories.path.write_text(
        "Ma liste de courses, assez longue pour ne pas être prise pour un fichier vide. " * 20, encoding="utf-8"
    )
    before = stories.path.read_bytes()
    for action in (stories.all, stories.undo, lambda: keep(stories)):
        with pytest.raises(WorkshopError, match="n’est pas une base d’histoires"):
            action()
    assert stories.path.read_bytes() == before


@pytest.mark.parametrize("column", ["settings", "kept_at"])
@pytest.mark.parametrize("spoilt", ["", "{", "[1]", "null", '{"temperature": "chaud"}', "hier", b"\xff\x00", 12])
def test_what_is_spoilt_beside_a_story_does_not_keep_it_from_being_read(stories, column, spoilt, tmp_path):
    from workshop.widgets.library import StoriesPanel

    kept = stories.keep("Il pleut", " sur le moulin.", "base", {"temperature": 0.8})
    with contextlib.closing(sqlite3.connect(stories.path)) as db, db:
        db.execute(f"UPDATE stories SET {column} = ?", (spoilt,))
    (found,) = stories.all()
    assert found.shown == kept.shown and stories.rename(kept.id, "Pluie").title == "Pluie"
    stories.rate(kept.id, 7)
    assert len(stories.ratings()) == 1 and "moulin" in stories.to_markdown(tmp_path / "s.md").read_text(encoding="utf-8")
    panel = StoriesPanel(stories)
    assert panel.chosen == stories.get(kept.id) and "Pluie" in panel.picture()


def test_half_of_an_emoji_is_kept_as_a_question_mark(stories):
    story = stories.keep("Il pleut\ud83d", " fort.", "base", {}, title="Pluie \ud83d")
    stories.rate(story.id, 7, remark="\udca7 beau")
    assert story.title == "Pluie ?" and story.prompt == "Il pleut?"
    assert stories.rename(story.id, "\ud83d").title == "?" and stories.opinions()[story.id][0].remark == "? beau"


def test_the_database_of_another_program_is_left_alone(stories):
    stories.path.parent.mkdir()
    with sqlite3.connect(stories.path) as db:
        db.execute("CREATE TABLE recipes (name TEXT)")
    db.close()
    before = stories.path.read_bytes()
    with pytest.raises(WorkshopError, match="base d’un autre programme"):
        keep(stories)
    assert stories.path.read_bytes() == before


def test_a_newer_version_is_left_alone(stories):
    keep(stories)
    with sqlite3.connect(stories.path) as db:
        db.execute(f"PRAGMA user_version = {shelf.VERSION + 1}")
    db.close()
    with pytest.raises(WorkshopError, match="plus récente"):
        stories.all()


def test_locked_for_too_long(stories, monkeypatch):
    story = keep(stories)
    monkeypatch.setattr(shelf, "PATIENCE", 0.2)
    holder = sqlite3.connect(stories.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(WorkshopError, match="Un autre programme occupe"):
        keep(stories)
    assert stories.all() == [story]  # reading does not wait
    holder.execute("ROLLBACK")
    holder.close()
    assert len([keep(stories), *stories.all()]) == 3


def test_a_full_disk_loses_nothing(stories, monkeypatch):
    """SQLite is told that the file may not grow: it then fails as it does on a full disk."""
    kept = [keep(stories, title=str(i)) for i in range(3)]
    connect = sqlite3.connect

    def cramped(*args, **kwargs):
        db = connect(*args, **kwargs)
        db.execute("PRAGMA max_page_count = 1")  # it never makes it smaller than the file
        return db

    monkeypatch.setattr(sqlite3, "connect", cramped)
    with pytest.raises(WorkshopError, match="Le disque est plein"):
        keep(stories, " long" * 50_000)
    assert stories.all() == kept[::-1]


def test_a_folder_where_no_file_can_be(tmp_path):
    (tmp_path / "outputs").write_text("un fichier", encoding="utf-8")
    with pytest.raises(WorkshopError, match="WORKSHOP_OUTPUTS"):
        keep(Stories(tmp_path / "outputs" / "stories.db"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="needs a user whom permissions stop: root is not one")
def test_a_folder_that_is_read_only(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(WorkshopError, match="ne peut pas écrire"):
            keep(Stories(tmp_path / "stories.db"))
    finally:
        tmp_path.chmod(0o700)


def test_a_change_that_fails_half_way_is_not_made(stories, monkeypatch):
    story = keep(stories)

    def fail(*_):
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(stories, "_get", fail)
    with pytest.raises(WorkshopError, match="disk I/O error"):
        keep(stories)
    monkeypatch.undo()
    assert stories.all() == [story]


def test_the_room_is_light():
    import subprocess
    import sys

    code = "import sys, workshop.stories; print({'pandas', 'torch', 'matplotlib'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "set()"
