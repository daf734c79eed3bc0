"""Small inputs that failed, in ``tests/cases``: our own prose, laid out, encoded and punctuated as people report it.

Each file stands for a kind; ``test_layouts.py`` tries others of the same kinds.
"""

import json
from pathlib import Path

import pytest

from tests.conftest import ROOT
from workshop import cleaning, corpus
from workshop.base.typography import normalise

CASES = ROOT / "tests" / "cases"
SENTENCES = json.loads((CASES / "sentences.json").read_text(encoding="utf-8"))["cases"]
TYPOGRAPHY = json.loads((CASES / "typography.json").read_text(encoding="utf-8"))
LAYOUTS = sorted((CASES / "gutenberg").glob("*.txt"))
BOOK = corpus.Book(id="passeur", title="Le Passeur", author="Anonyme", language="fr", file="x", collection="sand", role="train")


def test_there_are_cases() -> None:
    assert len(LAYOUTS) == 20 and len(SENTENCES) == 7 and len(list((CASES / "encoding").glob("*.bin"))) == 3


@pytest.mark.parametrize("path", LAYOUTS, ids=lambda path: path.stem)
def test_layouts(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    data = path.read_bytes()
    assert corpus.problem_with(data, BOOK, complete=True) == expected.get("problem_with")
    book = cleaning.clean(corpus.decode(data)[0], BOOK.title)
    assert book.paragraphs == expected["paragraphs"]
    names = list(dict.fromkeys(book.chapters))
    wanted = expected.get("chapters", names)
    assert len(names) == len(wanted) and all(name.startswith(title) for name, title in zip(names, wanted, strict=True))
    for subtitle in ("Où le passeur se tait", "Qui traite d'une barque et d'un sac"):
        assert (subtitle in path.read_text(encoding="utf-8")) == any(subtitle in name for name in names)


LINE = "L’œil du cœur, dit-il… « Été, Noël, çà et là » : où êtes-vous ? Il gèle à pierre fendre près de l’église."


@pytest.mark.parametrize(
    ("name", "line", "count"),
    [
        ("one-stray-byte", LINE, 16),
        ("mac-roman-undeclared", LINE, 8),
        ("twice-utf8", LINE.replace("œ", "oe").replace("’", "'").replace("…", "..."), 8),
    ],
)
def test_encodings(name: str, line: str, count: int) -> None:
    text, _ = corpus.decode((CASES / "encoding" / f"{name}.bin").read_bytes())
    assert text.count(line) == count
    rest = text.replace(line, "").split()
    assert rest == (["quatre-vingts", "–", "dix"] if name == "one-stray-byte" else [])


@pytest.fixture(scope="session")
def punkt():
    """A Punkt that has read three real texts: extracts of them, which every clone has, and the Veillées."""
    files = [ROOT / "tests" / "extracts" / f"{name}.txt" for name in ("12250-8", "18244-8")]
    files += sorted((ROOT / "data" / "veillees").glob("*[1-4]-*.txt"))
    return cleaning.train_punkt([cleaning.clean(corpus.decode(path.read_bytes())[0]).text for path in files])


@pytest.mark.parametrize(("text", "sentences"), SENTENCES.items())
def test_sentences(punkt, text: str, sentences: list[str]) -> None:
    assert cleaning.split_sentences(normalise(text), punkt) == sentences


MORE = [  # sentences of a text, in order
    ["Elle vit M. Dupin.", "M. Dupin la salua."],
    ["Il vit Mgr. Noir, Me. Rose et Ste. Anne.", "Ils parlaient."],
    ["Il rencontra M. et Mme. Dupont.", "Ils dînèrent."],
    ["Mr. Brown saw Mrs. White and St. John.", "She smiled."],
    ["Messrs. Smith and Jones met Capt. Nemo.", "We ate."],
    ["Il lut G. K. Chesterton.", "Puis il dormit."],
    ["S. A. R. Madame parut.", "On salua."],
    ["Ch. Baudelaire lut.", "On applaudit."],
    ["Le cas X.", "Il partit."],
    ["Elle regarda son col.", "Puis elle rit."],
    ["Do tell me.", "Then go."],
    ["Double vol.", "Un enfant trouvé, n'est-ce pas?"],
    ["Il attendit…", "Personne ne vint."],
    ["«Viens!» dit-il.", "«Non!»", "Elle partit."],
    ["Est-ce vous?", "(Il tousse.)", "Entrez!"],
    ["Il est né en 1804.", "Il mourut."],
    ["Oh!…»"],
    ["… Une idée folle.", "Elle partit."],
    ["«… J'ai été hier au concert.", "On rit.»"],
    ["—Ah! ah! ah!…", "—Quoi?"],
    ["»—Va travailler!", "Il rit."],
    ["Voir p. 12 et pp. 14-15.", "Il lut."],
    ["Cf. Rousseau, Émile, liv. II, chap. III.", "Il lut."],
    ["Vol. II, p. 5.", "Il lut."],
    ["Le no. 5 gagna.", "Le n° 6 perdit."],
    ["No. 7 was cold.", "Jan. 5 was colder."],
    ["Jésus-Christ, en 52 av. J.-C. ou ap. J.-C., vivait.", "On pria."],
    ["Il habitait boul. Saint-Michel.", "Il y mourut."],
    ["Le Lieut. Noir, le Gén. Blanc et le Cap. Gris parlaient.", "Ils se turent."],
    ["1. La barque.", "2. Le sabot.", "3. Le chien."],
    ["I. La barque.", "II. Le sabot."],
    ["Il paya 3 fr. 50.", "Puis il partit."],
    ["P.-S. La barque est à vendre.", "N. B. Elle est vieille.", "P. S. Adieu."],
    ["«P.-S. La barque est à vendre.»", "Il rit."],
    ["Louis XIV régnait.", "Louis XV.", "Louis XVI."],
    ["On était en 1850.", "1851 fut froid."],
]


@pytest.mark.parametrize("sentences", MORE, ids=" ".join)
def test_sentences_of_the_same_kinds(punkt, sentences: list[str]) -> None:
    text = " ".join(sentences).replace(" —", "—")
    assert cleaning.split_sentences(text, punkt) == sentences
    assert "".join(cleaning.split_sentences(text, punkt)).replace(" ", "") == text.replace(" ", "")


def test_spaced_dots(punkt) -> None:
    assert cleaning.split_sentences(normalise("Il attendit . . . . Personne."), punkt) == ["Il attendit …", "Personne."]
    assert cleaning.split_sentences(normalise("Il attendit\u00a0.\u00a0.\u00a0. Rien."), punkt) == ["Il attendit …", "Rien."]


@pytest.mark.parametrize(("printed", "expected"), TYPOGRAPHY.items())
def test_typography(printed: str, expected: str) -> None:
    assert normalise(printed) == expected
