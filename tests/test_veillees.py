"""Les Veillées: long enough, our own, laid out with their traps, and clean once cleaned."""

import json
import lzma
import re
from collections import Counter, defaultdict
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from tests.bench import veillees as bench
from workshop.cleaning import clean, parts, split_sentences, strip_licence, train_punkt, wrong_language
from workshop.corpus import Book, Provenance, RawBook, catalogue, decode, read

BOOKS = catalogue("veillees")
FRENCH = [book for book in BOOKS if book.role != "trap"]
every_book = pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.id)

#: book: first words, last words, titles of the chapters
STORIES = {
    "moulin": (
        "Le père Lormeau avait sonné dans sa vie tant de baptêmes",
        "On peut aller se coucher.",
        "Où l'on fait taire les rouets|Le silence qui réveille|Les nœuds d'Aubin|Trente chènevottes rouges|La main sur la terre"
        "|Le sceau de monsieur Bidoux|Sept jours de laine|La nuit des sacs|Ce qui était à rendre|La langue des ficelles",
    ),
    "forge": (
        "Il existait chez la mère Coudrette une loi",
        "—On y entend des boutons, dit-il.",
        "L'amende|La fêlure|Le fils de la Bavarde|L'homme du Bassigny|Le registre|Numéro soixante-trois|Le vol"
        "|Le ventre du chardonneret|L'heure où l'on rentre du marché|Deux onces",
    ),
    "passeur": (
        "—Toinon dira celle de ce soir, décida la mère Coudrette",
        "dit la mère Coudrette; et elle souffla la chandelle.",
        "Où l'on demande à Toinon de ne pas rire|Le bac et son monde|L'homme à la moustache|La lettre à deux faces"
        "|Ce que savait le saule|Deux mots sur une lèvre|Le dos tourné|Le trognon de pomme|La commission de la Saint-Martin"
        "|Ce qu'il y avait sous la moustache",
    ),
    "ecole": (
        "Le petit Colas entra ce soir-là dans la grange en traînant les pieds",
        "répondit maître Ragot; c'est comme ça que j'ai appris.",
        "De quoi se plaignait le petit Colas|L'inventaire|Les motifs d'absence|L'autre côté de la table|Les proverbes corrigés"
        "|Les fièvres|Huit grains|À l'envers|La mémoire de Perpétue|Monsieur l'inspecteur|Où le petit Colas retourne son ardoise",
    ),
    "berger": (
        "Ce soir, je ne désignerai personne.",
        "un chien très vieux frappa la planche du bout de sa queue.",
        "La cloche pendue à la poutre|Celui qui comptait en chantant|L'écolier du silence|Conseil sous le tilleul|La battue"
        "|La lune dans la poussière|L'orage|La gorge du loup|Le quart d'heure de personne|Dors, mon pinson"
        "|Pour solde de tout compte",
    ),
    "foire": (
        "—C'est à Pasquet, dit la mère Coudrette.",
        "on entendit quelqu'un qui mâchait.",
        "Où l'on me donne la parole et où l'on me la reprend|Deux lieues avant le jour|Quarante écus qui sonnent"
        "|Clous de fer et boutons de guêtre|Le jambon des menteurs|Maître Tibaudin s'y connaît|Où ma fille ne rit pas"
        "|La vieille qui n'entendait pas|L'angélus|Le compte de Babette|La pendule du notaire",
    ),
    "cornemuse": (
        "Le soir où je contai pour la dernière fois cette histoire",
        "je le levai à demi.",
        "L'escabeau vide|L'eau de la Chandeleur|Le droit du tilleul|Sourds et sots|Les brandes, à la brune|L'ordre de Madame"
        "|Ce que mangent les souris|La peau|Derrière la bouchure|La dernière braise|La personne à la cuiller",
    ),
    "mill": (
        "Old Lormeau had rung in his lifetime for so many christenings",
        "said Mother Coudrette. «We can go to bed.»",
        "In Which the Spinning-Wheels Are Hushed|The Silence That Wakes|Aubin's Knots|Thirty Red Hemp-Stalks"
        "|The Hand upon the Earth|Monsieur Bidoux's Seal"
        "|Seven Days of Wool|The Night of the Sacks|What Was Owing|The Language of Strings",
    ),
}
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI")

#: Heroes of George Sand, whom nobody may meet in Mirebrune.
NOT_OURS = """
    Germain Marie Fadette Fanchon Landry Sylvinet François Madeleine Joset Brulette Tiennet Huriel Consuelo Indiana Valentine
    Lélia Mauprat Bernard Edmée Bénédict Gabriel Marcelle Rose Grand-Louis Patience Marcasse Solange Jeanne Nanon Cadet Maurice
    Guillette Catherine Sylvie Gutenberg Sand Nohant
"""


@cache
def raw(book: Book) -> RawBook:
    return read(book)


@cache
def paragraphs(book: Book) -> list[str]:
    return clean(raw(book).text, book.title, book.role).paragraphs


def words_of(text: str) -> list[str]:
    """Words in lower case, cut at apostrophes and hyphens too: the strictest way to find two texts alike."""
    return re.findall(r"[^\W_]+", text.lower().replace("œ", "oe"))


# ----------------------------------------------------------------------------------------------------------------- matter


def test_seven_books_of_a_good_length():
    sizes = [len(bench.words_of("\n".join(paragraphs(book)))) for book in FRENCH]
    assert len(sizes) == 7 and all(5500 <= size <= 8000 for size in sizes)
    assert sum(sizes) >= 42_000


def test_the_vocabulary_is_wide():
    forms = {word for book in FRENCH for word in re.findall(r"[^\W\d_]+", "\n".join(paragraphs(book)).lower())}
    assert len(forms) >= 6000


def test_no_two_books_share_a_sentence():
    punkt = train_punkt("\n".join(paragraphs(book)) for book in FRENCH)
    where = defaultdict(set)
    for book in FRENCH:
        for sentence in (s for paragraph in paragraphs(book) for s in split_sentences(paragraph, punkt)):
            where[" ".join(words_of(sentence))].add(book.id)
    assert len(where) > 4000
    assert not {sentence for sentence, ids in where.items() if len(ids) > 1 and sentence.count(" ") >= 2}


def test_no_eight_words_come_back_more_than_three_times():
    runs = Counter()
    for book in FRENCH:
        words = words_of(" ".join(paragraphs(book)))
        runs.update(zip(*(words[i:] for i in range(8)), strict=False))
    assert not [" ".join(run) for run, times in runs.items() if times > 3]


def test_nobody_comes_from_another_author():
    text = "\n".join(raw(book).text for book in BOOKS)
    assert not [name for name in NOT_OURS.split() if re.search(rf"(?<![\w’'-]){name}(?![\w-])", text)]


class _Runs:
    """Hashes of every run of nine words: our own, then which of them a foreign text has too."""

    SIZE = 9

    def __init__(self, texts: list[str]) -> None:
        self.ids: dict[str, int] = {}
        ours = [np.array([self.ids.setdefault(word, len(self.ids) + 1) for word in words_of(text)]) for text in texts]
        self.known = np.unique(np.concatenate([self._hashes(ids) for ids in ours]))

    def _hashes(self, ids: np.ndarray) -> np.ndarray:
        count = max(0, len(ids) - self.SIZE + 1)
        total = np.zeros(count, np.uint64)
        for i in range(self.SIZE):  # a polynomial modulo 2^64: numpy wraps around
            total = total * np.uint64(0x9E3779B97F4A7C15) + ids[i : i + count].astype(np.uint64) * np.uint64(0xD1B54A32D192ED03)
        return total

    def shared_with(self, text: str) -> set[str]:
        words = words_of(text)
        ids = np.fromiter((self.ids.get(word, -1) for word in words), np.int64, len(words))
        strangers = np.concatenate([[0], np.cumsum(ids < 0)])
        places = np.flatnonzero(strangers[self.SIZE :] == strangers[: -self.SIZE])  # runs made of our words only
        hashes = self._hashes(ids)[places] if len(places) else np.empty(0, np.uint64)
        return {" ".join(words[place : place + self.SIZE]) for place in places[np.isin(hashes, self.known)]}


def test_a_borrowed_run_of_words_would_be_found():
    runs = _Runs(["un deux trois quatre cinq six sept huit neuf dix"])
    assert runs.shared_with("Bah ! Deux, trois, quatre ; cinq, six, sept, huit — neuf, DIX.") == {
        "deux trois quatre cinq six sept huit neuf dix"
    }
    assert not runs.shared_with("un deux trois quatre cinq six sept huit bah neuf dix") and not runs.shared_with("un")


@pytest.mark.slow
def test_no_nine_words_in_common_with_any_real_book(shared_corpus):
    runs = _Runs(["\n".join(paragraphs(book)) for book in BOOKS])
    borrowed = {path.name: runs.shared_with(decode(path.read_bytes())[0]) for path in (shared_corpus / "gutenberg").glob("*.txt")}
    with lzma.open(shared_corpus / "french_novels.jsonl.xz", "rt", encoding="utf-8") as novels:
        for line in novels:
            novel = json.loads(line)
            borrowed[novel["id"]] = runs.shared_with(novel["text"])
    assert len(borrowed) > 380
    assert not {name: found for name, found in borrowed.items() if found}


# ----------------------------------------------------------------------------------------------------------------- lay-out


@every_book
def test_the_layout_of_the_real_files(book):
    data = raw(book).path.read_bytes()
    lines = data.decode("latin-1").split("\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", data), "every line ends with CRLF"
    assert max(len(line) for line in raw(book).text.split("\n")) <= 72
    start, end = (next(i for i, line in enumerate(lines) if re.match(rf"\*\*\* ?{word} OF ", line)) for word in ("START", "END"))
    assert sum(bool(line.strip()) for line in lines[end + 1 :]) >= 100 and "SEND" in "\n".join(lines[end:])
    header = "\n".join(lines[:start])
    fields = ("The Workshop EBook", "Title: ", "Author: ", "Release Date: ", "Character set encoding: ")
    assert all(field in header for field in fields)
    assert "_" in "\n".join(lines[start:end])


def test_each_trap_is_where_the_readme_says():
    has = defaultdict(set)
    for book in BOOKS:
        text, data = raw(book).text, raw(book).path.read_bytes()
        has["bom"] |= {book.id} if data.startswith(b"\xef\xbb\xbf") else set()
        has[raw(book).encoding] |= {book.id}
        has["no language"] |= {book.id} if not re.search(r"(?m)^Language: ", text) else set()
        has["second start"] |= {book.id} if len(re.findall(r"(?m)^\*\*\* START", text)) == 2 else set()
        has["note"] |= {book.id} if "Note de transcription" in text else set()
        has["songs"] |= {book.id} if re.search(r"(?m)^    \S.*\n    \S", strip_licence(text)) else set()
    assert has["bom"] == {"forge"} and has["ISO-8859-1"] == {"ecole"} and len(has["UTF-8"]) == 7
    assert has["no language"] == {"passeur"} and has["second start"] == {"moulin", "ecole"} and has["note"] == {"ecole"}
    assert has["songs"] == {"moulin", "berger", "cornemuse", "mill"}


def test_french_typography_in_the_carefully_printed_books():
    for book in (b for b in FRENCH if b.id in ("moulin", "forge", "foire", "cornemuse")):
        story = strip_licence(raw(book).text)
        ours = r"'|\.\.\.|--|«(?!\u00a0)|(?<!\u00a0)»|\boeu|[ ](?=[:;!?»])|(?<=[\w»…])(?=[;!?]|:\s)|(?m:^—(?!\u00a0))"
        assert not [story[fault.start() - 20 : fault.end() + 20] for fault in re.finditer(ours, story)]


# ---------------------------------------------------------------------------------------------------------------- cleaning


@every_book
def test_cleaning_leaves_nothing_but_the_story(book):
    first, last, titles = STORIES[book.id]
    cleaned = clean(raw(book).text, book.title, book.role)
    assert cleaned.paragraphs[0].startswith(first) and cleaned.paragraphs[-1].endswith(last)
    assert not re.search(
        r"(?i)the licence|creative commons|workshop|ebook|public domain|transcription|illustration|[_*\r]", cleaned.text
    )
    # every word between the first heading and the last line, less the headings, is there, once and in order
    body = strip_licence(raw(book).text)
    names = {" ".join(words_of(title)) for title in titles.split("|")}
    kept, begun = [], False
    for block in re.split(r"\n\s*\n", body):
        text = " ".join(words_of(block))
        without_numeral = re.sub(r"^(?:chapitre |chapter )?[ivx]+(?: |$)", "", text)
        heading = without_numeral in names | {""}
        begun = begun or (heading and bool(re.match(r"(?:chapitre |chapter )?i\b", text)))
        if begun and not heading and not re.match(r"fin$|end of the workshop ebook", text):
            kept += text.split()
    assert words_of(cleaned.text) == kept


@every_book
def test_chapters_keep_their_numeral_and_their_title(book):
    cleaned = clean(raw(book).text, book.title, book.role)
    found = [cleaned.chapters[0], *(after for before, after in pairwise(cleaned.chapters) if after != before)]
    titles = STORIES[book.id][2].split("|")
    assert len(found) == len(titles)
    for numeral, title, chapter in zip(ROMAN, titles, found, strict=False):
        assert re.fullmatch(rf"(?:CHAPITRE |CHAPTER )?{numeral}\b\W*{re.escape(title.lower())}", chapter, re.I), chapter


@every_book
def test_the_catalogue_and_the_provenance_card(book):
    cleaned = clean(raw(book).text, book.title, book.role)
    rows = Provenance(raw(book), cleaned.lines_removed, cleaned.share_removed).rows()
    assert rows["Licence"].startswith("CC0") and rows["Trouvé"] == "embarqué" and book.title in rows["Livre"]
    assert re.fullmatch(r"[0-9a-f]{64}", rows["SHA-256"]) and rows["Encodage"] == raw(book).encoding
    assert 0.1 < cleaned.share_removed < 0.3  # the header and the licence weigh that much
    assert cleaned.share_removed == pytest.approx(sum(cleaned.words_removed.values()) / len(parts.words_of(raw(book).text)))
    assert bool(wrong_language(cleaned.text, book.expected)) == (book.language == "en")


def test_six_books_to_train_on_and_one_to_test():
    assert Counter(book.role for book in BOOKS) == {"train": 6, "test": 1, "trap": 1}
    assert [book.id for book in BOOKS if book.role == "test"] == ["cornemuse"]


# ------------------------------------------------------------------------------------------------------------------ README


def _as_written(table: str) -> str:
    return bench.between(bench.README.read_text(encoding="utf-8"), table)


def test_the_readme_has_the_sizes_of_today():
    assert _as_written("tailles") == bench.sizes_table(), "run python -m tests.bench.veillees --write"


@pytest.mark.slow
def test_the_readme_has_the_comparison_of_today(shared_corpus):
    assert _as_written("comparaison") == bench.comparison_table(), "run python -m tests.bench.veillees --write"
