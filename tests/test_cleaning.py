"""The cleaning room: on invented pages, where every trap is in sight, and on the real files."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from tests.bench.books import account_for, without_a_letter
from tests.conftest import ROOT
from workshop import cleaning, corpus
from workshop.base.errors import WorkshopError
from workshop.base.typography import normalise
from workshop.cleaning import Cleaned
from workshop.cleaning.parts import words_of

LICENCE = """*** START: FULL LICENSE ***

THE FULL LICENSE: please read this before you distribute.
You may SEND DONATIONS to the END of the world.
"""

#: What a cleaned book must not hold.  « project » and « license » are words of any English novel: they need their company.
OF_THE_LICENCE = re.compile(
    r"(?i)gutenberg|trademark|\bdonations\b|\be-?books?\b|\be-?text|www\.|https?:|\bpg\b|pgdp|proofread"
    r"|^\W*produced by|^\W*produit par|full license|public domain|transcriber|transcripteur|transcription:"
    r"|version électronique|copyright|ebooksgratuits|\[\d+\]|\[illustration|_"
)

REAL = [
    "12250-8", "12338-8", "13025-8", "13380-8", "13892-8", "18244-8", "23582-0", "2591-0",
    "27142-8", "34204-8", "37989-0", "39101-8", "39738-0", "42765-0", "63445-0", "69098-0",
]  # fmt: skip


def wrapped(text: str, width: int = 64) -> str:
    """Cut a paragraph as Gutenberg does."""
    import textwrap

    return "\n".join(textwrap.wrap(text, width, break_on_hyphens=False))


PROSE = wrapped(
    "Le meunier posa son sac près de la porte et regarda longtemps la pluie tomber sur la roue, comme s'il eût attendu qu'elle"
    " lui dît quelque chose de plus que la veille; mais la pluie ne dit rien."
)
MORE = wrapped(
    "La vieille horloge sonna neuf coups, quoiqu'il n'en fût que huit, et personne dans la maison ne songea à s'en étonner, car"
    " on avait pris depuis longtemps l'habitude de vivre une heure en avance sur le reste du pays."
)

BOOK = f"""The Project Gutenberg EBook of Le Gué, by Personne

This eBook is for the use of anyone anywhere at no cost.

Title: Le Gué

*** START OF THIS PROJECT GUTENBERG EBOOK LE GUÉ ***




Produced by Someone and the Online Distributed
Proofreading Team at http://www.example.org


Note au lecteur: l'orthographe a été conservée.


LE GUÉ

PAR

PERSONNE



TABLE


I. La porte

II. L'horloge




LE GUÉ



PREMIÈRE PARTIE



I

LA PORTE


{PROSE}

--Vous voilà _bien_ tard, dit la fermière.[1]

[1] Elle se trompait d'une heure.

[Illustration: La fermière, debout,

et son âne.]

--Non, dit-il.

Il répondit que Petit-Pierre le savait mieux que lui, et que Petit-
Pierre dormait, ce qui fit rire la fermière. [p. 12]

    La pluie s'en va,
    Le vent viendra.


CHAPITRE II.

  Le soir.--Une horloge.--Ce que dit
    le chien.


{MORE}

       *       *       *       *       *

Fin de la journée, pensa-t-il.


FIN.


TABLE

I. La porte     1
II. L'horloge   9

End of the Project Gutenberg EBook of Le Gué

*** END OF THIS PROJECT GUTENBERG EBOOK LE GUÉ ***

{LICENCE}"""


def one_line(text: str) -> str:
    return normalise(text.replace("\n", " "))


class TestStripLicence:
    @pytest.mark.parametrize("start", [
        "*** START OF THIS PROJECT GUTENBERG EBOOK LE GUÉ ***",
        "***START OF THE PROJECT GUTENBERG EBOOK LE GUÉ***",
        "*** START OF THE WORKSHOP EBOOK LE GUÉ ***",
        "*** START OF THIS PROJECT GUTENBERG EBOOK UN TITRE SI LONG\nQU'IL PREND DEUX LIGNES ***",
        "*** Start of the project gutenberg etext le gué",
    ])  # fmt: skip
    @pytest.mark.parametrize("end", [
        "*** END OF THIS PROJECT GUTENBERG EBOOK LE GUÉ ***",
        "***END OF THE PROJECT GUTENBERG EBOOK LE GUÉ***",
        "*** END OF THE WORKSHOP EBOOK LE GUÉ ***",
        "End of the Workshop EBook of Le Gué\n\n*** END OF THE WORKSHOP EBOOK LE GUÉ ***",
        "End of Project Gutenberg's Le Gué, by\nPersonne\n\n*** END OF THIS PROJECT GUTENBERG EBOOK LE GUÉ ***",
    ])  # fmt: skip
    def test_every_spelling_of_the_two_lines(self, start: str, end: str) -> None:
        text = f"Header\n\n{start}\n\nLe premier mot.\n\nLe dernier mot.\n\n{end}\n\n{LICENCE}"
        assert cleaning.strip_licence(text).strip() == "Le premier mot.\n\nLe dernier mot."

    def test_a_missing_line_loses_nothing_of_the_book(self) -> None:
        start, end = "*** START OF THE PROJECT GUTENBERG EBOOK X ***", "*** END OF THE PROJECT GUTENBERG EBOOK X ***"
        assert cleaning.strip_licence("Tout le texte.") == "Tout le texte."
        assert cleaning.strip_licence(f"En-tête\n{start}\nTout.\n").strip() == "Tout."
        assert cleaning.strip_licence(f"Tout.\n{end}\nLicence").strip() == "Tout."
        assert cleaning.strip_licence(f"En-tête\n{start}\nTout.\n\n{LICENCE}").strip() == "Tout."

    def test_words_of_the_story_are_no_markers(self) -> None:
        story = "The end of the road.\nEND OF\n* * *\nSTART OF the journey\n*** M. de *** ***"
        assert cleaning.strip_licence(story) == story


def test_join_lines() -> None:
    text = "\n\n  Un, deux,\n  trois.\n \n\nPetit-\nPierre est là--\nbas.\n\n"
    assert cleaning.join_lines(text) == ["Un, deux, trois.", "Petit-Pierre est là-- bas."]
    assert cleaning.join_lines(" \n \n") == []


class TestClean:
    def test_a_book_with_every_trap(self) -> None:
        book = cleaning.clean(BOOK, "Le Gué", "train")
        assert book.paragraphs == [
            one_line(PROSE),
            "—Vous voilà bien tard, dit la fermière.",
            "—Non, dit-il.",
            "Il répondit que Petit-Pierre le savait mieux que lui, et que Petit-Pierre dormait, ce qui fit rire la fermière.",
            "La pluie s'en va,",
            "Le vent viendra.",
            one_line(MORE),
            "Fin de la journée, pensa-t-il.",
        ]
        assert book.chapters == ["I. LA PORTE"] * 6 + ["CHAPITRE II"] * 2
        assert (book.title, book.role) == ("Le Gué", "train")
        assert book.text.split("\n") == book.paragraphs

    def test_what_was_removed_is_counted(self) -> None:
        book = cleaning.clean(BOOK)
        lines = [line for line in BOOK.splitlines() if line.strip()]
        kept = len(PROSE.splitlines()) + len(MORE.splitlines()) + 1 + 1 + 2 + 2 + 1
        assert book.lines_removed == len(lines) - kept
        assert book.share_removed == pytest.approx(1 - len(words_of(book.text)) / len(words_of(BOOK)))

    def test_a_file_that_lost_both_lines(self) -> None:
        text = re.sub(r"(?m)^(\*\*\* (START|END) OF|End of the Project).*$", "", BOOK)
        assert cleaning.clean(text).paragraphs == cleaning.clean(BOOK).paragraphs

    def test_the_speakers_of_a_play_are_not_chapters(self) -> None:
        lines = "\n\n\n".join(
            f"{who}\n\n\n--Réplique numéro {n}, un peu courte." for n in range(4) for who in ("LE MEUNIER", "L'ÂNE")
        )
        book = cleaning.clean(f"CHAPITRE PREMIER\n\n\n{PROSE}\n\n\n{lines}\n")
        assert set(book.chapters) == {"CHAPITRE PREMIER"}
        assert book.paragraphs.count("LE MEUNIER") == 4

    def test_a_signed_preface_keeps_its_name(self) -> None:
        book = cleaning.clean(f"PRÉFACE\n\n\n{PROSE}\n\n\nUNE INCONNUE.\n\n\nMirebrune, 3 mai 1850.\n\n\n\nI\n\n\n{MORE}\n")
        assert book.chapters == ["PRÉFACE", "PRÉFACE", "PRÉFACE", "I"]

    @pytest.mark.parametrize(
        "heading",
        [
            "XIV.",
            "I. — La porte",
            "CHAPITRE PREMIER",
            "Chapitre premier",
            "DEUXIÈME PARTIE",
            "SAINT-AIGNAN-DES-BOIS",
            "L'aiguille",
        ],
    )
    def test_spellings_of_headings(self, heading: str) -> None:
        book = cleaning.clean(f"\n\n\n\n{heading}\n\n\n{PROSE}\n\n{MORE}\n")
        assert book.chapters == [heading.rstrip(".").replace(" — ", " ")] * 2
        assert heading not in book.paragraphs

    def test_short_sentences_are_not_headings(self) -> None:
        book = cleaning.clean(f"I\n\n\n{PROSE}\n\nIl partit.\n\n\n--À demain!\n\n\nMonsieur,\n\n{MORE}\n")
        assert book.paragraphs == [one_line(PROSE), "Il partit.", "—À demain!", "Monsieur,", one_line(MORE)]

    def test_text_after_a_fin_in_the_middle_is_kept(self) -> None:
        book = cleaning.clean(
            f"TOME I\n\n\nCHAPITRE I\n\n\n{PROSE}\n\n\nFIN DU TOME PREMIER.\n\n\nTOME II\n\n\nCHAPITRE I\n\n\n{MORE}\n\n\nFIN\n"
        )
        assert book.paragraphs == [one_line(PROSE), one_line(MORE)]

    @pytest.mark.parametrize(
        "text", ["", " \n\n ", "*** START OF THE PROJECT GUTENBERG EBOOK X ***\n\n*** END OF THE PROJECT GUTENBERG EBOOK X ***\n"]
    )
    def test_an_empty_book_is_one_sentence(self, text: str) -> None:
        with pytest.raises(WorkshopError, match=r"^«\u00a0Rien\u00a0» est vide une fois la licence retirée\u00a0: .*\.$"):
            cleaning.clean(text, "Rien")

    def test_a_book_of_one_sentence(self) -> None:
        assert cleaning.clean("Le chat dort.").paragraphs == ["Le chat dort."]


class TestSentences:
    @pytest.fixture(scope="class")
    def punkt(self):
        return cleaning.train_punkt(
            [normalise(f"{PROSE} M. Aubin rit. Mme Aubin, M. Rose et M. Pic aussi. {MORE} ".replace("\n", " ")) * 8]
        )

    @pytest.mark.parametrize(("text", "expected"), [
        ("M. Aubin vint. «M. Pic et Mme. Rose le virent.»", ["M. Aubin vint.", "«M. Pic et Mme. Rose le virent.»"]),
        ("Il partit… Puis il revint.", ["Il partit…", "Puis il revint."]),
        ("Il hésita… puis il vint.", ["Il hésita… puis il vint."]),
        ("Quoi?! dit-elle. Rien!", ["Quoi?! dit-elle.", "Rien!"]),
        ("«Oh! oh! fit-il. Entrez.» La nuit tombait.", ["«Oh! oh! fit-il.", "Entrez.»", "La nuit tombait."]),
        ("—Vous partez?—Oui, dit-il.—Adieu!", ["—Vous partez?", "—Oui, dit-il.", "—Adieu!"]),
        ("—Tiens!—reprit-il.", ["—Tiens!—reprit-il."]),
        ("Une phrase sans fin", ["Une phrase sans fin"]),
        ("", []),
    ])  # fmt: skip
    def test_split(self, punkt, text: str, expected: list[str]) -> None:
        assert cleaning.split_sentences(text, punkt) == expected

    def test_no_word_is_lost(self, punkt, invented_text: str) -> None:
        for paragraph in normalise(invented_text).splitlines():
            joined = "".join(cleaning.split_sentences(paragraph, punkt))
            assert joined.replace(" ", "") == paragraph.replace(" ", "")


class TestLanguage:
    def test_share(self) -> None:
        assert cleaning.french_share("Le chat est dans la maison") == pytest.approx(4 / 6)
        assert cleaning.french_share("L’ÊTRE : 12, l'être !") == 1
        assert cleaning.french_share("") == 0
        assert cleaning.french_share("1850 — …") == 0

    def test_reasons(self) -> None:
        french, english = (
            PROSE + MORE,
            "The cat was in the house and he had nothing to do but to look at the rain that fell on it.",
        )
        assert cleaning.wrong_language(french) is None
        assert cleaning.wrong_language(english, expected="en") is None
        assert re.fullmatch(
            r"\d\u202f% seulement de mots-outils en français, contre \d+\u202f% en anglais", cleaning.wrong_language(english)
        )
        assert cleaning.wrong_language(french, expected="en").endswith("en français")
        assert cleaning.wrong_language("blorp snark wibble").endswith("la langue n’est pas reconnue")
        with pytest.raises(WorkshopError, match=r"«\u00a0de\u00a0» .*: français \(fr\), anglais \(en\), catalan \(ca\)\.$"):
            cleaning.wrong_language(french, expected="de")

    @pytest.mark.parametrize("page", [
        "Había una vez, en un lugar muy lejano, un hombre que no tenía más que un burro y una casa de piedra. El burro"
        " era viejo, pero"
        " el hombre lo quería como a un hermano, y todas las noches le contaba lo que había visto en el pueblo.",
        "In un paese lontano viveva una volta un uomo che non aveva altro che un asino e una casa di pietra. L'asino"
        " era vecchio, ma"
        " l'uomo gli voleva bene come a un fratello.",
        "Num lugar muito distante vivia uma vez um homem que não tinha mais do que um burro e uma casa de pedra, e"
        " todas as noites lhe"
        " contava o que tinha visto na aldeia.",
        "Dins un país luenh viviá un còp un òme que n'aviá pas qu'un ase e un ostal de pèira. L'ase èra vièlh, mas"
        " l'òme l'aimava coma"
        " un fraire.",
        "In een ver land leefde eens een man die niets had dan een ezel en een huis van steen, en de man hield van hem"
        " als een broer.",
    ])  # fmt: skip
    @pytest.mark.parametrize("expected", ["fr", "en", "ca"])
    def test_a_language_that_is_not_known_is_not_taken_for_its_neighbour(self, page: str, expected: str) -> None:
        assert cleaning.wrong_language(page, expected).endswith("la langue n’est pas reconnue")


class TestSplit:
    @pytest.fixture
    def books(self) -> list[Cleaned]:
        def book(title: str, role: str, count: int) -> Cleaned:
            return Cleaned(
                title, role, [f"{title}, paragraphe {n}." for n in range(count)], [f"{n // 7}" for n in range(count)], 0, 0.0
            )

        return [book("A", "train", 20), book("B", "test", 5), book("C", "train", 30)]

    def test_parts(self, books, tmp_path: Path) -> None:
        from datasets import load_from_disk

        cleaning.split_by_book(books).save_to_disk(tmp_path / "dataset")
        parts = load_from_disk(tmp_path / "dataset")
        assert {name: len(rows) for name, rows in parts.items()} == {"train": 45, "validation": 5, "test": 5}
        assert parts["train"].column_names == ["text", "book", "chapter"]
        assert set(parts["test"]["book"]) == {"B"}
        assert set(parts["train"]["book"]) == set(parts["validation"]["book"]) == {"A", "C"}
        assert parts["train"][0] == {"text": "A, paragraphe 0.", "book": "A", "chapter": "0"}
        for book in books:  # the parts together are the book again
            texts = [row["text"] for part in ("train", "validation", "test") for row in parts[part] if row["book"] == book.title]
            assert "\n".join(texts) == book.text

    @pytest.mark.parametrize(("kept", "part"), [([0, 2], "test"), ([1], "train"), ([], "train")])
    def test_a_missing_part_is_one_sentence(self, books, kept: list[int], part: str) -> None:
        with pytest.raises(WorkshopError, match=f"la partie «\u00a0{part}\u00a0»"):
            cleaning.split_by_book([books[i] for i in kept])

    def test_a_corpus_of_one_sentence(self, books) -> None:
        tiny = Cleaned("Court", "train", ["Le chat dort."], [""], 0, 0.0)
        with pytest.raises(WorkshopError, match="la partie «\u00a0validation\u00a0»\u00a0: donnez des livres plus longs"):
            cleaning.split_by_book([tiny, books[1]])


# ---------------------------------------------------------------------------------------------------------------- the real files


EXTRACTS = ["12250-8", "18244-8", "2591-0", "27142-8"]
every_file = pytest.mark.parametrize(
    ("place", "name"), [("extracts", name) for name in EXTRACTS] + [("gutenberg", name) for name in REAL]
)


@pytest.fixture(scope="session")
def text_of(request: pytest.FixtureRequest) -> Callable[[str, str], str]:
    """Decode a real file: one of the extracts in tests/, or a whole book beside the checkout (and skip where there is none)."""

    @cache
    def read(place: str, name: str) -> str:
        whole = place == "gutenberg"
        folder = request.getfixturevalue("shared_corpus") / "gutenberg" if whole else ROOT / "tests" / "extracts"
        return corpus.decode((folder / f"{name}.txt").read_bytes())[0]

    return read


@pytest.fixture(scope="session")
def cleaned(text_of: Callable[[str, str], str]) -> Callable[[str, str], Cleaned]:
    return cache(lambda place, name: cleaning.clean(text_of(place, name), name))


@pytest.fixture(scope="session")
def real_books(cleaned) -> dict[str, Cleaned]:
    return {name: cleaned("gutenberg", name) for name in REAL}


def test_every_real_file_is_tested(shared_corpus: Path) -> None:
    assert sorted(path.stem for path in (shared_corpus / "gutenberg").glob("*.txt")) == sorted(REAL)
    assert sorted(path.stem for path in (ROOT / "tests" / "extracts").glob("*.txt")) == EXTRACTS


@every_file
class TestRealFile:
    def test_no_word_of_the_licence(self, cleaned, place: str, name: str) -> None:
        assert [p[:200] for p in cleaned(place, name).paragraphs if OF_THE_LICENCE.search(p)] == []

    def test_strip_licence_alone_leaves_no_licence(self, text_of, place: str, name: str) -> None:
        body = cleaning.strip_licence(text_of(place, name))
        assert not re.search(r"(?i)project gutenberg|trademark|donations|full license", body)
        assert 0.70 < len(body) / len(text_of(place, name)) < 0.985

    def test_almost_all_prose_is_kept(self, text_of, cleaned, place: str, name: str) -> None:
        words = len(cleaning.strip_licence(text_of(place, name)).split())
        least = 0.955 if place == "gutenberg" else 0.93  # of an extract, the title page and the table are a larger share
        assert least < len(cleaned(place, name).text.split()) / words <= 1.02  # footnotes, arguments, catalogues are what goes

    def test_every_word_is_accounted_for(self, text_of, cleaned, place: str, name: str) -> None:
        account = account_for(text_of(place, name), cleaned(place, name))
        assert (account.lost, account.invented) == ([], [])

    def test_rows_are_normalised_single_lines_with_a_chapter(self, cleaned, place: str, name: str) -> None:
        book = cleaned(place, name)
        assert len(book.chapters) == len(book.paragraphs) > (100 if place == "gutenberg" else 40)
        assert all(paragraph and paragraph == normalise(paragraph).strip() for paragraph in book.paragraphs)
        assert not any("\n" in text or "\r" in text for text in book.paragraphs + book.chapters)
        assert all(book.chapters) and len(set(book.chapters)) >= (3 if place == "gutenberg" else 2)

    def test_language(self, cleaned, place: str, name: str) -> None:
        reason = cleaning.wrong_language(cleaned(place, name).text)
        others = {"63445-0": "anglais", "2591-0": "anglais", "27142-8": "catalan"}
        assert reason is None if name not in others else reason.endswith(f"en {others[name]}")


@pytest.mark.parametrize(("name", "first", "last", "chapters"), [
    ("12250-8", "LE LOUP ET L'HOMME", "LE MEILLEUR SOUHAIT", 7),
    ("18244-8", "L'aiguille à repriser", "Dimanche", 4),
    ("2591-0", "THE GOLDEN BIRD", "THE MISER IN THE BUSH", 3),
    ("27142-8", "JOAN CRISTIÀ ANDERSEN", "LES COSES QUE VEIÉ LA LLUNA", 2),
])  # fmt: skip
def test_chapters_of_the_extracts(cleaned, name: str, first: str, last: str, chapters: int) -> None:
    names = list(dict.fromkeys(cleaned("extracts", name).chapters))
    assert (names[0], names[-1], len(names)) == (first, last, chapters)


@pytest.mark.parametrize("place", ["extracts", "gutenberg"])
def test_every_sentence_has_a_letter(cleaned, place: str) -> None:
    """In the French books, by a Punkt that has read three of them."""
    foreign = {"63445-0", "2591-0", "27142-8"}
    books = [cleaned(place, name) for name in (EXTRACTS if place == "extracts" else REAL) if name not in foreign]
    punkt = cleaning.train_punkt(book.text for book in sorted(books, key=lambda book: len(book.text))[:3])
    assert [piece for book in books for piece in without_a_letter(book, punkt)] == []


def test_a_lost_word_would_be_seen(text_of, cleaned) -> None:
    text, book = text_of("extracts", "12250-8"), cleaned("extracts", "12250-8")
    shorter = replace(book, paragraphs=book.paragraphs[:-1], chapters=book.chapters[:-1])
    assert set(account_for(text, shorter).lost) == set(re.findall(r"[^\W\d_]+", book.paragraphs[-1]))
    mislabelled = replace(shorter, left_out=[*book.left_out, ("titres de chapitre", book.paragraphs[0])])
    assert book.paragraphs[0] in account_for(text, mislabelled).lost
    assert account_for(text, replace(book, paragraphs=[*book.paragraphs, "Cocorico."])).invented == ["Cocorico"]


@pytest.mark.parametrize(("name", "first", "last", "chapters"), [
    ("23582-0", "NOTICE", "IV. LE CHOU", 22),
    ("34204-8", "NOTICE", "XL", 41),
    ("69098-0", "I. LES TROIS PAINS", "VI. CONCLUSION", 6),
    ("12250-8", "LE LOUP ET L'HOMME", "LE MEILLEUR SOUHAIT", 20),
    ("18244-8", "L'aiguille à repriser", "Dimanche", 39),
    ("42765-0", "CHAPITRE VINGT-DEUXIEME", "CONCLUSION", 25),
])  # fmt: skip
def test_chapters_of_real_books(real_books, name: str, first: str, last: str, chapters: int) -> None:
    names = list(dict.fromkeys(real_books[name].chapters))
    assert (names[0], names[-1], len(names)) == (first, last, chapters)


def test_the_test_novel_is_in_no_other_part(real_books) -> None:
    """By book, and by runs of eight words: two novels share a formula or two, not more."""
    entries = corpus.catalogue("sand")
    books = [replace(real_books[Path(entry.file).stem], title=entry.title, role=entry.role) for entry in entries]
    left_out = {book.title for book in books if cleaning.wrong_language(book.text)}
    assert left_out == {"Indiana"}
    parts = cleaning.split_by_book(book for book in books if book.title not in left_out)

    def runs(part: str, length: int = 8) -> Iterator[tuple[str, ...]]:
        words = re.findall(r"\w+", " ".join(parts[part]["text"]).lower())
        return zip(*(words[i:] for i in range(length)), strict=False)

    assert "La Mare au Diable" not in set(parts["train"]["book"]) | set(parts["validation"]["book"])
    test = set(runs("test"))
    for part in ("train", "validation"):
        assert len({run for run in runs(part) if run in test}) / len(test) < 0.0005
    assert 0.05 < len(parts["validation"]) / (len(parts["train"]) + len(parts["validation"])) < 0.15
