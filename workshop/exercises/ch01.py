"""Chapter 01, « Préparer les données »: its exercises, and the wrong answers that each of them knows by name."""

import random
import re
import tempfile
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .. import cleaning, corpus
from ..base.settings import settings
from ..cleaning import FUNCTION_WORDS, Cleaned
from .cards import Difference, same
from .core import Exercise, if_alike, like

FRENCH = FUNCTION_WORDS["fr"]


def _bare(text: str) -> str:
    """A text without its white."""
    return "".join(text.split())


# 1.1 download -------------------------------------------------------------------------------------------------------------------

PAGE, KEPT = "Il était une fois une page sans réseau.\n", "Cette copie était déjà là.\n"
FRESH_NAME, KEPT_NAME = "essai-nouveau.txt", "essai-garde.txt"


@cache
def _page() -> str:
    """Write the page that stands for the network, and return its address."""
    import keras  # noqa: F401  its slow first import must not count as the attendee's time

    page = Path(tempfile.mkdtemp(prefix="atelier-")) / "page.txt"
    page.write_text(PAGE, encoding="utf-8", newline="\n")
    return page.as_uri()


def _downloads() -> list[tuple]:
    (settings().cache / "books").mkdir(parents=True, exist_ok=True)  # Keras goes elsewhere when its folder is not there
    return [(_page(), FRESH_NAME), (_page(), KEPT_NAME)]


def _judge_download(got: Any, url: str, name: str) -> str | None:
    """Judge a path: first of a file that has to come, then of one that is there already and must not come again."""
    shelf = settings().cache / "books"
    if name == FRESH_NAME:  # the first call; set the scene for the second
        (shelf / KEPT_NAME).write_text(KEPT, encoding="utf-8", newline="\n")
    if isinstance(got, bytes) or (isinstance(got, str) and got.endswith("\n")):
        return "vous renvoyez le contenu du fichier : on attend son chemin, un `Path`"
    if isinstance(got, str):
        return "`get_file` renvoie un texte, et la suite attend un `Path` : enveloppez-le, `Path(…)`"
    if not isinstance(got, Path):
        return "on attend le chemin du fichier, un `Path`"
    if not got.is_file():
        return "le chemin a l'air bon, mais il n'y a pas de fichier au bout : rien n'a été téléchargé"
    text = got.read_text(encoding="utf-8", errors="replace")
    if got.as_uri() != url and text in (PAGE, KEPT):  # invented, and ours: leave nothing behind
        got.unlink()
    if got.name != name:
        return f"ce fichier devrait porter le nom demandé, « {name} » : le vôtre s'appelle « {got.name} »"
    if got.parent.resolve() != shelf.resolve():
        return (
            "le fichier est arrivé, mais pas dans le cache de l'atelier : `cache_dir` dit lequel (`settings().cache`),"
            " et `cache_subdir` dans quel sous-dossier (`books`)"
        )
    if name == KEPT_NAME and text == PAGE:
        return "un fichier déjà présent est téléchargé une seconde fois : `get_file` s'en garde, si on le laisse faire"
    return None if text in (PAGE, KEPT) else "le fichier n'a pas le contenu de la page demandée"


def _get_file(*args: Any, **options: Any) -> Path:
    import keras

    return Path(keras.utils.get_file(*args, **options))


def _place() -> dict[str, Any]:
    return {"cache_dir": settings().cache, "cache_subdir": "books"}


def _copy_again(url: str, name: str) -> Path:
    from urllib.request import urlretrieve

    return Path(urlretrieve(url, settings().cache / "books" / name)[0])


DOWNLOAD = Exercise(
    id="1.1",
    title="Aller chercher un livre",
    purpose="ne rien télécharger deux fois",
    minutes=4,
    difficulty=1,
    reference=corpus.download,
    cases=_downloads,
    judge=_judge_download,
    diagnostics=[
        (
            lambda got, _, url, name: isinstance(got, ValueError) and "fname" in str(got) and url in str(got),
            "l'adresse et le nom sont échangés : `get_file` veut d'abord le nom du fichier, puis `origin=` et l'adresse",
            2,
        ),
    ],
    hints=(
        "Keras sait faire cela : lisez `help(keras.utils.get_file)`, en particulier `origin`, `cache_dir` et `cache_subdir`.",
        "`keras.utils.get_file(nom, origin=adresse, cache_dir=…, cache_subdir=…)` télécharge, range, et renvoie le chemin, sous"
        " forme de texte : il reste à en faire un `Path`.",
        '`return Path(keras.utils.get_file(name, origin=…, cache_dir=settings().cache, cache_subdir="…"))`',
    ),
    wrong=(
        (lambda url, name: str(_get_file(name, origin=url, **_place())), "renvoie un texte"),
        (lambda url, name: _get_file(name, origin=url, cache_dir=tempfile.mkdtemp()), "pas dans le cache de l'atelier"),
        (lambda url, name: _get_file(name, origin=url, cache_dir=settings().cache), "`cache_subdir` dans quel sous-dossier"),
        (lambda url, name: _get_file(url, origin=name, **_place()), "sont échangés"),
        (lambda url, name: _get_file(origin=url, **_place()), "porter le nom demandé"),
        (lambda url, name: _get_file(name, origin=url, force_download=True, **_place()), "une seconde fois"),
        (_copy_again, "une seconde fois"),
        (lambda url, name: settings().cache / "books" / name, "rien n'a été téléchargé"),
        (lambda url, name: _get_file(name, origin=url, **_place()).read_text(encoding="utf-8"), "vous renvoyez le contenu"),
    ),
)

# 1.2 strip_licence --------------------------------------------------------------------------------------------------------------


def _book(body: str, header: int, licence: int, stars: str = "*** ") -> str:
    """Lay out an invented book as the real ones are, with as many lines above and below as asked for."""
    above = [f"Header line {i}." for i in range(header)]
    below = [f"{i}. You may copy it, give it away or re-use it." for i in range(licence)]
    return "\n".join(
        [
            "The Project Gutenberg EBook of Le Pendule",
            *above,
            f"{stars}START OF THE PROJECT GUTENBERG EBOOK LE PENDULE{stars[::-1]}",
            "",
            body,
            "",
            f"{stars}END OF THE PROJECT GUTENBERG EBOOK LE PENDULE{stars[::-1]}",
            "",
            "*** START: FULL LICENSE ***",
            *below,
            "Please SEND DONATIONS to nobody.",
            "",
        ]
    )


_NOVEL = (
    "LE PENDULE\n\nI\n\n"
    + "\n".join(f"Le pendule sonna {i} coups, puis se tut." for i in range(60))
    + "\n\n***\n\nLe chat sortit."
)
_BOOKS = (
    _book(_NOVEL, 20, 130),
    _book("Il pleuvait.\nLe chat dormait.", 6, 8),
    _book("Il neigeait.\nLe chat rêvait.", 4, 9, "***"),
)


def _by_lines(text: str) -> str:
    return "\n".join(text.splitlines()[50:-100])


def _find(text: str, mark: str) -> int:
    return text.find("\n", text.find(mark))


def _up_to_send(text: str) -> str:
    return text[_find(text, "*** START OF") : text.rfind("END")]


def _from_second_start(text: str) -> str:
    return text[text.rfind("*** START") :].partition("\n")[2]


def _between_marks(text: str, join: str) -> str:
    """Right, but for the line ends."""
    lines = text.splitlines()
    first, last = (next(i for i, line in enumerate(lines) if mark in line) for mark in ("START OF", "END OF"))
    return join.join(line for line in lines[first + 1 : last] if line)


def _after(text: str, got: str) -> str:
    """What follows in the book the piece that was kept."""
    return text[text.index(got) + len(got) :] if got in text else ""


def _marks_by_index(text: str) -> str:
    return text[text.index("\n", text.index("*** START OF")) : text.index("*** END OF")]


STRIP_LICENCE = Exercise(
    id="1.2",
    title="Le roman, rien que le roman",
    purpose="qu'un réseau n'apprenne pas à rédiger des licences",
    minutes=5,
    difficulty=2,
    reference=cleaning.strip_licence,
    cases=[(book,) for book in _BOOKS],
    view=lambda text: text.strip(),
    diagnostics=[
        *if_alike(
            (
                lambda got, _, text: got and got == _by_lines(text).strip(),
                "couper 50 lignes en haut et 100 en bas laisse ici de la licence et mange là du roman : les bornes sont"
                " les lignes « *** START OF … » et « *** END OF … », pas un nombre de lignes",
            ),
            (
                lambda got, _, text: got and got in text.partition("START: FULL LICENSE")[2],
                "vous êtes parti du second « *** START » : celui de « *** START: FULL LICENSE *** » ouvre la licence ; cherchez"
                " « START OF », ou le premier",
                2,
            ),
            (
                lambda got, _, text: text[text.index(got) + len(got) - 1 :].startswith("SEND") if got else False,
                "votre recherche de « END » s'est arrêtée dans « SEND DONATIONS », au bas de la licence : cherchez la ligne"
                " entière, « *** END OF »",
                2,
            ),
            (
                lambda got, want, text: want.startswith(got) and got and _after(text, got).startswith("END"),
                "« END » se trouve aussi dans le roman (« PENDULE ») : cherchez la borne entière, avec ses étoiles et son « OF »",
                2,
            ),
            (
                lambda got, want, text: got and len(got) < len(want) and _after(text, got).lstrip().startswith("***\n"),
                "ces trois étoiles-là séparent deux scènes du roman : une borne, c'est « *** START OF » ou « *** END OF »",
                2,
            ),
            (
                lambda got, want, text: "EBOOK" in got.partition(want)[0] and "Header line" not in got,
                "il reste un bout de la ligne « *** START OF … » elle-même : le roman commence à la ligne suivante",
                3,
            ),
            (
                lambda got, want, text: got.startswith(want) and "***" in got[len(want) :] and "LICENSE" not in got,
                "il reste la ligne « *** END OF … » elle-même, ou ses étoiles",
                3,
            ),
            (
                lambda got, *_: "Header line" in got,
                "il reste l'en-tête en anglais, au-dessus de la ligne « *** START OF … »",
            ),
            (
                lambda got, *_: "LICENSE" in got or "You may copy" in got,
                "il reste la licence : tout ce qui suit la ligne « *** END OF … » doit partir",
            ),
            (
                lambda got, want, _: _bare(got) == _bare(want),
                "rien ne manque au roman que ses fins de ligne : gardez-les, elles diront où finit un paragraphe",
            ),
            (
                lambda got, want, text: got == "" and "***START" not in text,
                "il ne reste rien : les deux bornes sont-elles dans le bon ordre ?",
            ),
        ),
        (
            lambda got, _, text: "***START" in text and (got == "" or isinstance(got, Exception) or "EBOOK" in got),
            "certaines éditions collent les étoiles : « ***START OF », sans espace ; votre recherche doit accepter les deux",
            2,
        ),
    ],
    hints=(
        "Affichez les lignes du fichier qui contiennent « START » ou « END » : deux d'entre elles sont les bornes du roman.",
        '`re.search(r"…", text)` trouve une borne, où qu\'elle soit : `\\*+` veut dire « des étoiles », ` ?` «'
        " peut-être une espace »,"
        " et `.*` « la suite de la ligne ». `match.start()` et `match.end()` disent où elle commence et où elle finit.",
        '`start = re.search(r"\\*+ ?START OF.*", text)`, de même pour `END OF`, puis `text[start.end() : end.start()]`',
    ),
    wrong=(
        (_by_lines, "pas un nombre de lignes"),
        (_up_to_send, "« SEND DONATIONS »"),
        (_from_second_start, "second « *** START »"),
        (lambda text: text[_find(text, "START OF") :].partition("END")[0], "« PENDULE »"),
        (lambda text: text.split("START OF")[1].partition("\n")[2].split("***")[0], "séparent deux scènes"),
        (lambda text: text.split("START OF")[1].split("*** END OF")[0], "un bout de la ligne"),
        (lambda text: text[_find(text, "START OF") : text.find("\n", text.find("END OF"))], "il reste la ligne « *** END OF"),
        (lambda text: text[: text.find("*** END OF")], "il reste l'en-tête"),
        (lambda text: text[_find(text, "START OF") :], "il reste la licence"),
        (_marks_by_index, "sans espace"),
        (lambda text: text[_find(text, "END OF") : text.find("START OF")], "il ne reste rien"),
        (lambda text: text, "il reste l'en-tête"),
        (lambda text: text[text.index("START OF") : text.index("END OF")], "un bout de la ligne"),
        (lambda text: text.partition("*** START OF")[2].partition("***")[2].partition("*** END OF")[0], "sans espace"),
        (lambda text: _between_marks(text, "\n"), "ses fins de ligne"),
        (lambda text: _between_marks(text, " "), "ses fins de ligne"),
        (lambda text: text.splitlines()[10:20], "on attend un texte"),
        (lambda text: re.search("DÉBUT", text).group(), "une recherche sans résultat"),
    ),
)

# 1.3 join_lines -----------------------------------------------------------------------------------------------------------------

_PARAGRAPHS = (
    "\n\nLe chat dormait près\ndu feu. Il rêvait   \nde souris.\n\n\n\nLa pluie tombait.\n\n— Entrez, dit\nla meunière.\n",
    "Un soir,\non frappa.\n   \nC'était\nle vent.\n\nPersonne\nn'ouvrit.\n",
    "Ce fut Petit-\nPierre qui\nouvrit.\n",
)


def _in_loop(text: str, flush: bool, reset: bool) -> list[str]:
    """Go line by line, as many do, and forget either to put away the last paragraph or to empty the list only once."""
    paragraphs: list[str] = []
    current: list[str] = []
    for line in [*text.splitlines(), *[""] * flush]:
        if line.strip():
            current.append(line.strip())
        elif current:
            paragraphs = [] if reset else paragraphs
            paragraphs.append(" ".join(current))
            current = []
    return paragraphs


def _each(text: str, change: Any, cut: str = r"\n\s*\n") -> list[str]:
    return [change(paragraph) for paragraph in re.split(cut, text.strip())]


def _spaced(paragraph: str) -> str:
    return " ".join(paragraph.split())


JOIN_LINES = Exercise(
    id="1.3",
    title="Des lignes aux paragraphes",
    purpose="rendre aux phrases coupées par la page leur longueur",
    minutes=4,
    difficulty=2,
    reference=cleaning.join_lines,
    cases=[(text,) for text in _PARAGRAPHS],
    diagnostics=[
        (
            lambda got, *_: isinstance(got[0], list),
            'chaque paragraphe est encore une liste de lignes : `" ".join(…)` en fait un seul texte',
            2,
        ),
        *if_alike(
            (
                lambda got, *_: len(got) > 3 and all(len(piece) == 1 for piece in got),
                "votre liste est faite de lettres : `+=` ajoute un texte lettre par lettre, `append` l'ajoute entier",
            ),
            (
                lambda got, _, text: got == text.split(),
                "vous avez rendu les mots : un paragraphe va d'une ligne vide à la suivante",
            ),
            (
                lambda got, want, *_: len(want) > 1 and len(got) == 1 and _bare(got[0]) == _bare("".join(want)),
                "tout le texte tient dans un seul paragraphe : coupez-le d'abord aux lignes vides",
            ),
            (
                lambda got, want, *_: len(want) > 1 and got == want[:1],
                "il n'y a que le premier paragraphe : un `return` dans la boucle l'arrête dès le premier tour",
            ),
            (
                lambda got, want, *_: any("\n" in piece for piece in got),
                "il reste des fins de ligne à l'intérieur des paragraphes : chacun doit tenir sur une seule ligne",
            ),
            (
                lambda got, want, text: got == [line.strip() for line in text.splitlines() if line.strip()],
                "vous avez rendu les lignes : un paragraphe va d'une ligne vide à la suivante",
            ),
            (
                lambda got, *_: any(not piece.strip() for piece in got),
                "il y a des paragraphes vides : gardez ceux qui ont du texte",
            ),
            (
                lambda got, want, *_: len(want) > 1 and [p.replace(" ", "") for p in got] == [want[-1].replace(" ", "")],
                "il ne reste que le dernier paragraphe : la liste est remise à zéro dans la boucle, créez-la une fois, avant",
            ),
            (
                lambda got, want, *_: len(got) == len(want) - 1 and got == want[:-1],
                "il manque le dernier paragraphe : la boucle finit avant de l'avoir rangé, car aucune ligne vide ne le suit",
            ),
            (
                lambda got, want, *_: (
                    len(got) == len(want) and any("prèsdu" in p or "dittla" in p or "soir,on" in p for p in got)
                ),
                'les lignes sont jointes sans espace, et les mots se collent (« prèsdu ») : `" ".join(…)`',
                2,
            ),
            (
                lambda got, want, *_: any("  " in piece or piece != piece.strip() for piece in got),
                "il reste des espaces en trop au bout des lignes : `strip()`",
                2,
            ),
            (
                lambda got, want, text: len(got) < len(want) and "\n   \n" in text,
                "une ligne qui ne contient que des espaces est vide, elle aussi : elle sépare deux paragraphes",
                2,
            ),
            (
                lambda got, *_: any("Petit- Pierre" in piece for piece in got),
                "« Petit- Pierre » : après le trait d'union d'un mot composé, on joint sans espace",
                3,
            ),
            (
                lambda got, *_: any("PetitPierre" in piece for piece in got),
                "« PetitPierre » a perdu son trait d'union : gardez-le",
                3,
            ),
        ),
    ],
    hints=(
        "Deux gestes : couper le texte aux lignes vides, puis, dans chaque morceau, remplacer les fins de ligne par des espaces.",
        '`re.split(r"\\n\\s*\\n", text.strip())` coupe aux lignes vides, même pleines d\'espaces ; `line.strip()` ôte'
        " ce qui dépasse,"
        ' et `" ".join(…)` recoud. Le trait d\'union se traite à part.',
        "Pour un paragraphe : "
        '`text = "\\n".join(line.strip() for line in paragraph.splitlines())`, puis `re.sub(r"(?<=\\w-)\\n(?=\\w)",'
        ' "", text).replace("\\n", " ")`',
    ),
    wrong=(
        (lambda text: _each(text, lambda p: "".join(line.strip() for line in p.splitlines())), "jointes sans espace"),
        (lambda text: _in_loop(text, flush=True, reset=True), "remise à zéro dans la boucle"),
        (lambda text: _in_loop(text.strip(), flush=False, reset=False), "il manque le dernier paragraphe"),
        (lambda text: [line.strip() for line in text.splitlines() if line.strip()], "vous avez rendu les lignes"),
        (lambda text: re.split(r"\n\s*\n", text.strip()), "des fins de ligne à l'intérieur"),
        (lambda text: [_spaced(p) for p in text.split("\n\n")], "des paragraphes vides"),
        (lambda text: _each(text, lambda p: p.replace("\n", " ")), "des espaces en trop"),
        (lambda text: [_spaced(p) for p in text.split("\n\n") if p.strip()], "ne contient que des espaces"),
        (lambda text: _each(text, _spaced), "« Petit- Pierre »"),
        (lambda text: _each(text, lambda p: _spaced(p).replace("- ", "")), "« PetitPierre »"),
        (lambda text: " ".join(_each(text, _spaced)), "on attend une liste"),
        (lambda text: (paragraph for paragraph in cleaning.join_lines(text)), "`list(…)` en fait une liste"),
        (lambda text: set(cleaning.join_lines(text)), "on attend une liste, et voici un ensemble"),
        (lambda text: _each(text, str.splitlines), "une liste de lignes"),
        (lambda text: list(_spaced(text)), "faite de lettres"),
        (lambda text: text.split(), "vous avez rendu les mots"),
        (lambda text: [_spaced(text)], "dans un seul paragraphe"),
        (lambda text: cleaning.join_lines(text)[:1], "un `return` dans la boucle"),
        (lambda text: [paragraph + " " for paragraph in cleaning.join_lines(text)], "des espaces en trop"),
        (lambda text: cleaning.join_lines(text)[1:], "pas encore le résultat attendu"),
    ),
)

# 1.4 split_sentences ------------------------------------------------------------------------------------------------------------

_TALES = (
    "M. Talbot entra dans la grange. Il pleuvait. Mme Roux filait. Le vieux chat dormait près du feu. Il rêvait. Le vent tomba.",
    "La porte s'ouvrit. M. Talbot se leva. Le chien aboya. Mme Roux posa son fuseau. Il faisait nuit.",
)
_TO_CUT = (
    "M. Talbot entra dans la grange. Il pleuvait.",
    "Qui va là?! Personne. Le vent tomba.",
    "«Oh! oh! fit-il. Quelle nuit!» Mme Roux rêvait… puis elle s'endormit.",
)


@cache
def _punkt() -> Any:
    return cleaning.train_punkt(_TALES)


def _english_punkt(text: str, punkt: Any) -> list[str]:
    raise LookupError("Resource punkt_tab not found.")  # what nltk.sent_tokenize says where its models were never downloaded


def _glued_back(text: str, punkt: Any) -> list[str]:
    return [re.sub(r"(?<=[!…]) ", "", sentence) for sentence in cleaning.split_sentences(text, punkt)]


SPLIT_SENTENCES = Exercise(
    id="1.4",
    title="Des paragraphes aux phrases",
    purpose="savoir où une phrase finit, ce qu'un point ne dit pas",
    minutes=4,
    difficulty=2,
    reference=cleaning.split_sentences,
    cases=lambda: [(text, _punkt()) for text in _TO_CUT],
    diagnostics=[
        (
            lambda got, *_: type(got) is LookupError,
            "cette fonction de NLTK veut télécharger un modèle : inutile, `punkt` a déjà appris de nos romans où finit"
            " une phrase",
            2,
        ),
        (
            lambda got, *_: isinstance(got, list) and any(isinstance(piece, tuple) for piece in got),
            "`span_tokenize` donne des positions : `tokenize`, les phrases",
            2,
        ),
        *if_alike(
            (
                lambda got, want, *_: got == want[:1],
                "il n'y a que la première phrase : un `return` dans la boucle l'arrête dès le premier tour",
            ),
            (
                lambda got, _, text, punkt: set(got) < set(punkt.tokenize(text)),
                "ce qui commence par une minuscule a disparu : cela s'ajoute au morceau qui précède",
                2,
            ),
            (
                lambda got, *_: not any(piece.rstrip(" »").endswith((".", "!", "?", "…")) for piece in got),
                "la ponctuation a disparu : `split` jette ce sur quoi il coupe, et « . » ne sait pas que « M. » est"
                " une abréviation",
            ),
            (
                lambda got, *_: any(piece.strip() in ("M.", "«M.") or piece.endswith(" M.") for piece in got),
                "« M. » n'est pas une phrase : une règle sur les points ne connaît pas les abréviations, `punkt` les a apprises",
            ),
            (
                lambda got, *_: any(piece.strip() and not re.search(r"\w", piece) for piece in got),
                "un signe reste seul (« ! », « » ») : il appartient à la phrase qu'il termine, comme dans « ?! »",
                2,
            ),
            (
                lambda got, *_: any(re.match(r"\W*[a-zà-öø-ÿœ]", piece) for piece in got),
                "une phrase ne commence pas par une minuscule : « oh ! fit-il. » se rattache au morceau qui précède",
                3,
            ),
            (
                lambda got, want, *_: len(got) == len(want) and _bare("".join(got)) == _bare("".join(want)),
                "en recollant un morceau au précédent, il faut une espace entre les deux",
                3,
            ),
            (lambda got, want, *_: len(got) < len(want), "il reste plusieurs phrases dans un même morceau", 2),
        ),
    ],
    hints=(
        "`punkt` est déjà entraîné : c'est lui qui sait couper. Regardez ensuite ce qui commence par une minuscule.",
        "`punkt.tokenize(text)` donne une liste de morceaux. Parcourez-la : un morceau qui commence par une minuscule s'ajoute au"
        " dernier de votre liste, les autres en ouvrent un nouveau.",
        '`if sentences and re.match(r"\\W*[a-zà-öø-ÿœ]", piece): sentences[-1] += " " + piece`, sinon `sentences.append(piece)`',
    ),
    wrong=(
        (lambda text, punkt: [piece.strip() for piece in text.split(".") if piece.strip()], "la ponctuation a disparu"),
        (lambda text, punkt: re.split(r"[.!?…]+ ?", text), "la ponctuation a disparu"),
        (lambda text, punkt: re.split(r"(?<=[.!?…]) ", text), "« M. » n'est pas une phrase"),
        (lambda text, punkt: [piece.strip() for piece in re.findall(r".*?[.!?…](?: |$)", text)], "« M. » n'est pas une phrase"),
        (_english_punkt, "veut télécharger un modèle"),
        (lambda text, punkt: punkt.tokenize(text), "ne commence pas par une minuscule"),
        (lambda text, punkt: list(punkt.span_tokenize(text)), "donne des positions"),
        (_glued_back, "il faut une espace"),
        (lambda text, punkt: [p.strip() for p in re.findall(r"(?:M\. )?[^.!?…]+[.!?…]|[!?»]", text)], "un signe reste seul"),
        (lambda text, punkt: [text], "plusieurs phrases dans un même morceau"),
        (lambda text, punkt: punkt, "on attend une liste"),
        (lambda text, punkt: (piece for piece in punkt.tokenize(text)), "`list(…)` en fait une liste"),
        (lambda text, punkt: cleaning.split_sentences(text, punkt)[:1], "un `return` dans la boucle"),
        (lambda text, punkt: [p for p in punkt.tokenize(text) if not p[0].islower()], "a disparu"),
        (lambda text, punkt: text.split(), "« M. » n'est pas une phrase"),
    ),
)

# 1.5 french_share ---------------------------------------------------------------------------------------------------------------

_SAMPLES = (
    ("Le vieux chat dort dans la grange, et le chien aussi, avec lui; LE VENT noir souffle sur l'étang.",),
    ("Il y a de l'eau à la source, et c'est là qu'il faut aller.",),
    ("It is for the cat that the miller has left some bread on the table.",),
    ("",),
    ("It is for the cat that the miller has left some bread.", FUNCTION_WORDS["en"]),
)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]{2,}", text.lower())


def _share(words: list[str], known: frozenset[str] = FRENCH) -> float:
    return sum(word in known for word in words) / max(1, len(words))


def _cased(text: str, known: frozenset[str] = FRENCH) -> float:
    return _share(re.findall(r"[^\W\d_]{2,}", text), known)


def _by_spaces(text: str, known: frozenset[str] = FRENCH) -> float:
    return _share(text.lower().split(), known)


def _distinct(text: str, known: frozenset[str] = FRENCH) -> float:
    return _share(list(set(_words(text))), known)


def _of_the_list(text: str, known: frozenset[str] = FRENCH) -> float:
    return len(known & set(_words(text))) / len(known)


def _unaccented(text: str, known: frozenset[str] = FRENCH) -> float:
    return _share(re.findall(r"[a-z]{2,}", text.lower()), known)


def _one_letter(text: str, known: frozenset[str] = FRENCH) -> float:
    return _share(re.findall(r"\w+", text.lower()), known)


def _inside(text: str, known: frozenset[str] = FRENCH) -> float:
    words = _words(text)
    return sum(any(small in word for small in known) for word in words) / max(1, len(words))


def _always_french(text: str, known: frozenset[str] = FRENCH) -> float:
    return _share(_words(text))


def _trimmed(text: str, known: frozenset[str] = FRENCH) -> float:
    return _share([word.strip(".,;:!?«»") for word in text.lower().split()], known)


def _by_letter(text: str, known: frozenset[str] = FRENCH) -> float:
    return _share(list(text.lower()), known)


def _per_letter(text: str, known: frozenset[str] = FRENCH) -> float:
    return sum(word in known for word in _words(text)) / max(1, len(text))


def _mean(text: str, known: frozenset[str] = FRENCH) -> Any:
    import numpy as np

    with np.errstate(invalid="ignore"):
        return np.float64(sum(word in known for word in _words(text))) / np.float64(len(_words(text)))


def _may_divide_by_zero(text: str, known: frozenset[str] = FRENCH) -> float:
    words = _words(text)
    return sum(word in known for word in words) / len(words)


FRENCH_SHARE = Exercise(
    id="1.5",
    title="Est-ce bien du français ?",
    purpose="démasquer l'intrus sans lire tous les livres",
    minutes=4,
    difficulty=2,
    reference=cleaning.french_share,
    cases=_SAMPLES,
    diagnostics=[
        (
            lambda got, *_: isinstance(got, ZeroDivisionError) or got != got,
            "un texte vide n'a pas de mots, et l'on ne divise pas par zéro : sa part est 0",
            3,
        ),
        (like(_cased), "« Le » et « LE » sont aussi des mots-outils : mettez le texte en minuscules avant de compter", 2),
        (like(_trimmed), "« l'eau » et « c'est » ne font ici qu'un mot chacun : l'apostrophe aussi sépare les mots", 2),
        (
            like(_by_spaces),
            "découpés aux espaces, les mots gardent leur ponctuation : `lui` est dans la liste, `lui;` n'y est pas",
            2,
        ),
        (like(_distinct), "un `set` ne garde chaque mot qu'une fois : ici, chaque « le » compte"),
        (
            like(_of_the_list),
            "vous mesurez quelle part de la liste est dans le texte ; on cherche quelle part du texte est dans la liste",
        ),
        (like(_unaccented), "`[a-z]` ne connaît pas les lettres accentuées : « là » et « étang » sont coupés en morceaux", 2),
        (like(_one_letter), "les mots d'une seule lettre (« y », « l », « c ») ne comptent pas : deux lettres au moins", 2),
        (like(_inside), "« in » cherche ici un morceau de mot : « table » contient « la » sans être un mot-outil"),
        (like(_always_french), "le second paramètre, `function_words`, doit servir : avec lui, on mesure aussi l'anglais"),
        (
            lambda got, want, *_: want and got == 0 and isinstance(got, float),
            "aucun mot n'est reconnu : qui parcourt un texte n'y trouve que des lettres ; tirez-en d'abord la liste des mots",
            2,
        ),
        (
            lambda got, want, *_: want and (got == want // 1 or got in [round(want, n) for n in range(4)]),
            "votre part est arrondie : divisez avec `/`, et non `//`, et gardez les décimales",
        ),
        (
            like(_per_letter),
            "vous divisez par le nombre de lettres : `len(text)` les compte ; divisez par le nombre de mots",
            2,
        ),
        (
            lambda got, want, *_: want and abs(got * want - 1) < 1e-9,
            "votre fraction est à l'envers : le nombre de tous les mots va en dessous",
        ),
        (
            lambda got, want, *_: want and abs(got - 100 * want) < 1,
            "on attend une part entre 0 et 1 : votre résultat est un pourcentage",
        ),
        (
            lambda got, want, *_: want and got > 1,
            "vous comptez les mots-outils : divisez par le nombre de mots, sans quoi le livre le plus long gagne toujours",
        ),
        (
            lambda got, want, *_: want and abs(got - (1 - want)) < 1e-9,
            "c'est la part de tout le reste : comptez les mots qui SONT dans la liste",
        ),
    ],
    hints=(
        "Trois gestes : tirer du texte la liste de ses mots, compter ceux qui sont dans `function_words`, diviser par"
        " leur nombre total.",
        '`re.findall(r"[^\\W\\d_]{2,}", text.lower())` donne les mots de deux lettres au moins, accents compris. Le test `word in'
        " function_words` vaut 1 ou 0 : on peut en faire la somme.",
        "`return sum(word in function_words for word in words) / max(1, len(words))`",
    ),
    wrong=(
        (_cased, "en minuscules"),
        (_by_spaces, "gardent leur ponctuation"),
        (_distinct, "chaque « le » compte"),
        (_of_the_list, "quelle part du texte"),
        (_unaccented, "lettres accentuées"),
        (_one_letter, "d'une seule lettre"),
        (_inside, "un morceau de mot"),
        (_always_french, "le second paramètre"),
        (_may_divide_by_zero, "par zéro"),
        (lambda text, known=FRENCH: 100 * cleaning.french_share(text, known), "un pourcentage"),
        (lambda text, known=FRENCH: sum(word in known for word in _words(text)), "divisez par le nombre de mots"),
        (lambda text, known=FRENCH: 1 - cleaning.french_share(text, known), "tout le reste"),
        (lambda text: cleaning.french_share(text), "les bons arguments"),
        (_trimmed, "l'apostrophe aussi sépare"),
        (_by_letter, "que des lettres"),
        (_per_letter, "le nombre de lettres"),
        (_mean, "par zéro"),
        (lambda text, known=FRENCH: round(cleaning.french_share(text, known), 2), "arrondie"),
        (lambda text, known=FRENCH: sum(word in known for word in _words(text)) // max(1, len(_words(text))), "arrondie"),
        (lambda text, known=FRENCH: 1 / max(0.001, cleaning.french_share(text, known)), "à l'envers"),
        (lambda text, known=FRENCH: [word for word in _words(text) if word in known], "on attend un nombre"),
    ),
)

# 1.6 split_by_book --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class _Tale(Cleaned):
    """A book whose ``repr`` fits in a card."""

    def __repr__(self) -> str:
        return f"<{self.title}, {self.role}>"


def _invented(title: str, paragraphs: int, role: Any = "train") -> Cleaned:
    texts = [f"{title}, paragraphe {i}." for i in range(1, paragraphs + 1)]
    chapters = ["I" if i < paragraphs / 2 else "II" for i in range(paragraphs)]
    return _Tale(title, role, texts, chapters, lines_removed=0, share_removed=0.0)


_LIBRARY = [_invented("Le Puits", 10), _invented("L'Horloge", 20), _invented("Le Chat", 5, "test")]


def _rows(book: Cleaned) -> list[dict[str, str]]:
    return [{"text": t, "book": book.title, "chapter": c} for t, c in zip(book.paragraphs, book.chapters, strict=True)]


def _parts(train: list, validation: list, test: list) -> Any:
    from datasets import Dataset, DatasetDict

    parts = {"train": train, "validation": validation, "test": test}
    return DatasetDict({name: Dataset.from_list(rows) for name, rows in parts.items()})


def _cut(rows: list, share: float) -> tuple[list, list]:
    at = round(len(rows) * (1 - share))
    return rows[:at], rows[at:]


def _sorted_rows(books: list[Cleaned]) -> tuple[list, list]:
    """Return the rows of the books to train on, and those of the test book."""
    return [row for b in books if b.role != "test" for row in _rows(b)], [
        row for b in books if b.role == "test" for row in _rows(b)
    ]


def _joined(pairs: list[tuple[list, list]], place: int) -> list:
    return [row for pair in pairs for row in pair[place]]


def _at_random(books: list[Cleaned], validation_share: float = 0.1) -> Any:
    rows = [row for book in books for row in _rows(book)]
    random.Random(0).shuffle(rows)
    n = round(len(rows) * validation_share)
    return _parts(rows[2 * n :], rows[n : 2 * n], rows[:n])


def _validation_at_random(books: list[Cleaned], validation_share: float = 0.1) -> Any:
    rows, test = _sorted_rows(books)
    random.Random(0).shuffle(rows)
    return _parts(*_cut(rows, validation_share), test)


def _only_the_last(books: list[Cleaned], validation_share: float = 0.1) -> Any:
    for book in books:
        train, validation = [], []
        if book.role != "test":
            last = _cut(_rows(book), validation_share)
    train, validation = last
    return _parts(train, validation, _sorted_rows(books)[1])


def _test_in_training(books: list[Cleaned], validation_share: float = 0.1) -> Any:
    pairs = [_cut(_rows(book), validation_share) for book in books]
    return _parts(_joined(pairs, 0), _joined(pairs, 1), _sorted_rows(books)[1])


def _end_of_the_shelf(books: list[Cleaned], validation_share: float = 0.1) -> Any:
    rows, test = _sorted_rows(books)
    return _parts(*_cut(rows, validation_share), test)


def _beginnings(books: list[Cleaned], validation_share: float = 0.1) -> Any:
    pairs = [_cut(_rows(book), 1 - validation_share)[::-1] for book in books if book.role != "test"]
    return _parts(_joined(pairs, 0), _joined(pairs, 1), _sorted_rows(books)[1])


def _validation_twice(books: list[Cleaned], validation_share: float = 0.1) -> Any:
    rows, test = _sorted_rows(books)
    pairs = [_cut(_rows(book), validation_share) for book in books if book.role != "test"]
    return _parts(rows, _joined(pairs, 1), test)


def _ten_per_cent(books: list[Cleaned], validation_share: float = 0.1) -> Any:
    return cleaning.split_by_book(books)


def _renamed(books: list[Cleaned], validation_share: float = 0.1) -> Any:
    parts = cleaning.split_by_book(books, validation_share)
    return type(parts)({"train": parts["train"], "val": parts["validation"], "test": parts["test"]})


def _without(column: str) -> Any:
    def wrong(books: list[Cleaned], validation_share: float = 0.1) -> Any:
        return cleaning.split_by_book(books, validation_share).remove_columns(column)

    return wrong


def _changed_rows(change: Any, *names: str) -> Any:
    """Right, but for what ``change`` does to the rows of some parts."""

    def wrong(books: list[Cleaned], validation_share: float = 0.1) -> Any:
        from datasets import Dataset

        parts = cleaning.split_by_book(books, validation_share)
        return type(parts)(parts | {name: Dataset.from_list(change(parts[name].to_list())) for name in names})

    return wrong


def _lists_inside(books: list[Cleaned], validation_share: float = 0.1) -> Any:
    parts = cleaning.split_by_book(books, validation_share)
    return type(parts)({name: part.to_list() for name, part in parts.items()})


def _lists_in_lists(books: list[Cleaned], validation_share: float = 0.1) -> Any:
    rows = [_rows(book) for book in books]  # append, where extend was meant
    return _parts(rows, rows, rows)


def _contents(parts: Any) -> dict[str, Any]:
    """What is compared: the classes, then the rows of each part."""
    classes = {type(parts).__name__} | {type(part).__name__ for part in parts.values()}
    return {"classes": classes} | {str(name): [dict(row) for row in part] for name, part in parts.items()}


def _texts(got: dict, *names: str) -> list[str]:
    return [row["text"] for name in names for row in got[name]]


SPLIT_BY_BOOK = Exercise(
    id="1.6",
    title="L'examen se prépare avant le cours",
    purpose="trois parts qui ne se mélangent pas",
    minutes=6,
    difficulty=3,
    reference=cleaning.split_by_book,
    cases=[(_LIBRARY,), (_LIBRARY, 0.2)],
    view=_contents,
    seconds=10,
    diagnostics=[
        (
            lambda got, *_: type(got).__name__ == "Dataset",
            "voici un seul tableau : on en attend trois, dans un `DatasetDict`",
            3,
        ),
        (
            lambda got, *_: isinstance(got, AttributeError) and "'list' object has no attribute 'get'" in str(got),
            "vos lignes sont des listes de lignes : `append` ajoute une liste entière, `+=` ou `extend` ses éléments",
            2,
        ),
        *if_alike(
            (
                lambda got, want, *_: set(got) != set(want),
                "les trois parts s'appellent `train`, `validation` et `test` : ce sont les noms qu'attendent les bibliothèques",
                3,
            ),
            (
                lambda got, *_: "DatasetDict" not in got["classes"],
                "c'est un dictionnaire ordinaire : on attend un `DatasetDict`",
                3,
            ),
            (
                lambda got, want, *_: got["classes"] != want["classes"],
                "chaque part doit être un `Dataset` : `Dataset.from_list(…)`",
                3,
            ),
            (
                lambda got, *_: any(
                    set(row) != {"text", "book", "chapter"} for name in ("train", "validation", "test") for row in got[name]
                ),
                "chaque ligne a trois colonnes, `text`, `book` et `chapter` : sans elles, on ne sait plus d'où vient"
                " un paragraphe",
                2,
            ),
            (
                lambda got, want, *_: set(_texts(want, "test")) & set(_texts(got, "train", "validation")),
                "le livre d'examen a fui dans l'entraînement : le réseau aura lu le sujet avant l'épreuve. On partage par"
                " livre, jamais"
                " par phrases tirées au sort",
            ),
            (lambda got, *_: not got["test"], "la part `test` est vide : c'est le livre dont le rôle est « test »"),
            (
                lambda got, *_: set(_texts(got, "train")) & set(_texts(got, "validation")),
                "des paragraphes sont à la fois dans `train` et dans `validation` : l'examen blanc reprend"
                " les exercices du cours",
                2,
            ),
            (
                lambda got, want, *_: len({row["book"] for row in got["train"]}) < len({row["book"] for row in want["train"]}),
                "il ne reste que le dernier roman : vos listes sont remises à zéro dans la boucle, créez-les une fois, avant",
                2,
            ),
            (
                lambda got, want, *_: (
                    len({row["book"] for row in got["validation"]}) < len({row["book"] for row in want["validation"]})
                    and _texts(got, "train", "validation") == [t for book in _LIBRARY[:2] for t in book.paragraphs]
                ),
                "la validation ne vient que du dernier livre de l'étagère : chaque roman doit en donner sa part",
                2,
            ),
            (
                lambda got, want, *_: (
                    set(_texts(got, "train", "validation")) == set(_texts(want, "train", "validation"))
                    and _texts(got, "validation")[:1] == ["Le Puits, paragraphe 1."]
                ),
                "la validation est ici le début de chaque roman : prenez sa fin, `rows[cut:]`",
                3,
            ),
            (
                lambda got, want, *_: (
                    len(got["validation"]) == len(want["validation"]) and _texts(got, "validation") != _texts(want, "validation")
                ),
                "la validation est tirée au sort : deux paragraphes voisins se ressemblent trop, gardez d'un seul tenant"
                " la fin de chaque roman",
            ),
            (
                lambda got, want, books, share=0.1: share != 0.1 and len(got["validation"]) == 3,
                "la part de la validation est toujours un dixième : servez-vous de `validation_share`",
                3,
            ),
            (
                lambda got, want, *_: len(got["train"]) == len(want["validation"]),
                "les deux parts sont échangées : `validation_share` est celle de la validation, la petite",
                3,
            ),
            (
                lambda got, want, *_: (
                    set(_texts(got, "train", "validation", "test")) < set(_texts(want, "train", "validation", "test"))
                ),
                "des paragraphes se sont perdus : chaque part commence là où la précédente finit, `rows[:cut]` puis `rows[cut:]`",
                3,
            ),
            (
                lambda got, want, *_: all(
                    sorted(_texts(got, name)) == sorted(_texts(want, name)) for name in want if name != "classes"
                ),
                "les bons paragraphes sont dans les bonnes parts, mais pas à la bonne place : gardez l'ordre du livre",
            ),
        ),
    ],
    hints=(
        "Trois listes vides AVANT la boucle, une par part. Pour chaque livre : est-ce celui de l'examen (`book.role`) ?",
        'Une ligne est un dictionnaire `{"text": …, "book": book.title, "chapter": …}` ; `zip(book.paragraphs,'
        " book.chapters)` donne"
        " les deux ensemble. Les premiers neuf dixièmes vont à `train`, la fin à `validation`.",
        "`cut = round(len(rows) * (1 - validation_share))`, puis `rows[:cut]` et `rows[cut:]` ; enfin "
        "`DatasetDict({name: Dataset.from_list(rows) for name, rows in parts.items()})`",
    ),
    wrong=(
        (_at_random, "a fui dans l'entraînement"),
        (_test_in_training, "a fui dans l'entraînement"),
        (_validation_at_random, "tirée au sort"),
        (_only_the_last, "il ne reste que le dernier roman"),
        (_end_of_the_shelf, "du dernier livre de l'étagère"),
        (_beginnings, "le début de chaque roman"),
        (_validation_twice, "à la fois dans `train` et dans `validation`"),
        (_ten_per_cent, "`validation_share`"),
        (_renamed, "`train`, `validation` et `test`"),
        (_without("chapter"), "trois colonnes"),
        (lambda books, validation_share=0.1: dict(cleaning.split_by_book(books, validation_share)), "un `DatasetDict`"),
        (lambda books, validation_share=0.1: [book.text for book in books], "on attend un dictionnaire"),
        (lambda books, validation_share=0.1: cleaning.split_by_book(books)["train"], "un seul tableau"),
        (_lists_inside, "chaque part doit être un `Dataset`"),
        (_lists_in_lists, "`append` ajoute une liste entière"),
        (lambda books, validation_share=0.1: cleaning.split_by_book(books, 1 - validation_share), "sont échangées"),
        (_changed_rows(lambda rows: rows[1:], "validation"), "se sont perdus"),
        (_changed_rows(lambda rows: rows[::-1], "train"), "gardez l'ordre du livre"),
    ),
)

# 1.7 decode (bonus) -------------------------------------------------------------------------------------------------------------

_LINE = "L’été, Zoé but un café près du cœur de l’âtre."
_FILES = (
    "L'été, on dîne à l'aube.\n".encode(),
    b"\xef\xbb\xbf" + "Noël tombe un mardi.\n".encode(),
    "Character set encoding: ISO-8859-1\n\nL'été, on dîne à l'aube.\n".encode("iso-8859-1"),
    "Le meunier\r\nfut ému.\r\n".encode(),
    _LINE.encode("cp1252"),
)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _decoder(*encodings: str, ends: bool = True) -> Any:
    def wrong(data: bytes) -> tuple[str, str]:
        for encoding in encodings:
            try:
                text = data.decode(encoding.partition("/")[0], encoding.partition("/")[2] or "strict")
            except UnicodeDecodeError:
                if encoding == encodings[-1]:
                    raise
                continue
            return (_lines(text) if ends else text), encoding.upper()
        raise AssertionError

    return wrong


DECODE = Exercise(
    id="1.7",
    title="Des octets aux lettres",
    purpose="ne plus jamais lire « Ã©tÃ© »",
    minutes=6,
    difficulty=3,
    bonus=True,
    reference=corpus.decode,
    cases=[(data,) for data in _FILES],
    view=lambda pair: pair[:1],
    diagnostics=[
        (
            lambda got, *_: isinstance(got, UnicodeDecodeError),
            "ce fichier est en Latin-1, et vous le lisez comme de l'UTF-8 : ses octets n'y ont pas de sens ; essayez,"
            " et sinon changez",
        ),
        *if_alike(
            (
                lambda got, *_: re.fullmatch(r"[\w-]+", got[0]),
                "c'est le nom de l'encodage qui vient en premier : rendez le texte d'abord, le nom ensuite",
            ),
            (
                lambda got, *_: "�" in got[0],
                '« � » remplace chaque lettre accentuée : du Latin-1 lu comme de l\'UTF-8. `errors="replace"` cache la'
                " faute sans la réparer",
            ),
            (
                lambda got, want, *_: got[0] == want[0].encode("ascii", "ignore").decode(),
                'les lettres accentuées ont disparu : `errors="ignore"` jette ce qu\'il ne comprend pas',
            ),
            (
                lambda got, *_: "Ã" in got[0],
                "« Ã© » : de l'UTF-8 lu comme du Latin-1 ; essayez l'UTF-8 d'abord, il se trahit quand il a tort",
                2,
            ),
            (
                lambda got, *_: got[0].startswith("\ufeff"),
                "trois octets invisibles sont restés au début du fichier : la marque d'ordre ; l'encodage `utf-8-sig` l'ôte",
                2,
            ),
            (
                lambda got, *_: "\r" in got[0],
                "il reste des « \\r » : Windows finit ses lignes par « \\r\\n », il faut les ramener à « \\n »",
                2,
            ),
            (
                lambda got, *_: any("\x80" <= letter < "\xa0" for letter in got[0]),
                "« œ » et « ’ » sont devenus invisibles : ces octets-là sont du Windows-1252 (`cp1252`), le cousin du Latin-1",
                3,
            ),
        ),
    ],
    hints=(
        "Un texte accentué en Latin-1 n'est presque jamais de l'UTF-8 valable : essayez l'UTF-8, et n'en changez que"
        " s'il échoue.",
        "`data.decode(\"utf-8-sig\")` ôte au passage la marque d'ordre ; s'il lève `UnicodeDecodeError`, prenez"
        " `cp1252`. Puis les fins"
        " de ligne : `replace`.",
        '`for encoding in ("utf-8-sig", "cp1252"): try: text = data.decode(encoding) … except UnicodeDecodeError: continue`, et'
        ' `return text.replace("\\r\\n", "\\n"), encoding`',
    ),
    wrong=(
        (_decoder("utf-8-sig"), "vous le lisez comme de l'UTF-8"),
        (_decoder("utf-8-sig/replace"), "du Latin-1 lu comme de l'UTF-8"),
        (_decoder("utf-8-sig/ignore"), "ont disparu"),
        (_decoder("iso-8859-1"), "de l'UTF-8 lu comme du Latin-1"),
        (_decoder("utf-8", "cp1252"), "trois octets invisibles"),
        (_decoder("utf-8-sig", "cp1252", ends=False), "il reste des « \\r »"),
        (_decoder("utf-8-sig", "iso-8859-1"), "Windows-1252"),
        (lambda data: data.decode("utf-8-sig", "replace"), "on attend un tuple"),
        (lambda data: corpus.decode(data)[::-1], "le nom ensuite"),
    ),
)

# 1.8 and 1.9, values (bonus) ----------------------------------------------------------------------------------------------------


def _in_hand() -> dict[str, Any]:
    """What the notebook holds when the bonus exercises are reached, in small."""
    sentences_of = {
        "Le Puits": ["Il pleuvait.", "Le seau monta.", "L'eau était froide."],
        "L'Horloge": ["Elle sonna.", "Il était midi, et le chat dormait."],
    }
    distinct = [
        "chat",
        "chien",
        "grange",
        "puits",
        "seau",
        "eau",
        "horloge",
        "midi",
        "vent",
        "loup",
        "pré",
        "roue",
        "sabot",
        "pain",
        "sel",
        "bois",
        "feu",
        "âne",
        "oie",
        "blé",
        "lin",
        "vin",
    ]
    words = [word for n, word in enumerate(distinct) for _ in range(30 - n)] + ["le"] * 90 + ["et"] * 60 + ["il"] * 25
    return {"sentences_of": sentences_of, "words": words, "Counter": Counter, "FUNCTION_WORDS": FUNCTION_WORDS}


SENTENCES_PER_BOOK = Exercise(
    id="1.8",
    title="Combien de phrases par livre ?",
    purpose="compter avant d'apprendre",
    minutes=2,
    difficulty=1,
    bonus=True,
    value="{title: len(sentences) for title, sentences in sentences_of.items()}",
    names=_in_hand,
    diagnostics=[
        (lambda got, want: isinstance(got, int), "c'est un seul nombre : on en veut un par livre, dans un dictionnaire"),
        (
            lambda got, want: all(isinstance(value, list) for value in got.values()),
            "ce sont les phrases elles-mêmes : `len(…)` les compte",
            2,
        ),
        (
            lambda got, want: isinstance(got, dict) and all(isinstance(key, int) for key in got),
            "les clés sont des numéros : on veut le titre de chaque livre",
            2,
        ),
        (
            lambda got, want: isinstance(got, dict) and len(got) == len(want) and all(got[k] > 2 * want[k] for k in want),
            "ce sont des mots ou des caractères qui sont comptés : une phrase est un élément de la liste",
            2,
        ),
        (
            lambda got, want: isinstance(got, dict) and len(got) < len(want),
            "il manque des livres : parcourez tout `sentences_of`",
        ),
        (
            lambda got, want: list(got) == list(want.values()),
            "les nombres sont justes ; gardez aussi le titre, dans un dictionnaire",
            2,
        ),
    ],
    hints=(
        "`sentences_of` associe à chaque titre la liste de ses phrases : il reste à compter chaque liste.",
        "Une compréhension de dictionnaire : `{titre: … for titre, phrases in sentences_of.items()}`.",
        "`{title: len(sentences) for title, sentences in …}`",
    ),
    wrong=(
        ("sum(len(sentences) for sentences in sentences_of.values())", "un seul nombre"),
        ("len(sentences_of)", "un seul nombre"),
        ("dict(sentences_of)", "les phrases elles-mêmes"),
        ("{i: len(sentences) for i, sentences in enumerate(sentences_of.values())}", "le titre de chaque livre"),
        ("{t: sum(len(s.split()) for s in sentences) for t, sentences in sentences_of.items()}", "des mots ou des caractères"),
        ("{t: len(' '.join(sentences)) for t, sentences in sentences_of.items()}", "des mots ou des caractères"),
        ("{t: len(sentences) for t, sentences in list(sentences_of.items())[-1:]}", "il manque des livres"),
        ("[len(sentences) for sentences in sentences_of.values()]", "gardez aussi le titre"),
    ),
)


def _as_pairs(ranking: list) -> list:
    """What is compared: ``["chat", 30]`` is as good as ``("chat", 30)``."""
    return [tuple(pair) if isinstance(pair, list) else pair for pair in ranking]


def _same_ranking(got: list, expected: list) -> Difference | None:
    """Compare two rankings; words that are equally frequent may come in any order, and any of them may be the last."""
    found = same(got, expected)
    if found and [count for _, count in got] == [count for _, count in expected]:
        last = expected[-1][1]
        surely = [{pair for pair in ranking if pair[1] > last} for ranking in (got, expected)]
        if surely[0] == surely[1] and len(set(got)) == len(got) and not any(word in FRENCH for word, _ in got):
            return None
    return found


FREQUENT_WORDS = Exercise(
    id="1.9",
    title="Les vingt mots qui disent de quoi l'on parle",
    purpose="entendre le sujet sous les mots-outils",
    minutes=3,
    difficulty=2,
    bonus=True,
    value='Counter(word for word in words if word not in FUNCTION_WORDS["fr"]).most_common(20)',
    names=_in_hand,
    view=_as_pairs,
    compare=_same_ranking,
    diagnostics=[
        (
            lambda got, want: isinstance(got, dict) and len(got) == len(want),
            "les vingt mots y sont, mais dans un dictionnaire : `.most_common(20)` donne déjà la liste de couples attendue",
            2,
        ),
        (
            lambda got, want: isinstance(got, dict),
            "c'est tout le compteur : `.most_common(20)` en donne les vingt premiers, avec leur nombre",
            2,
        ),
        (
            lambda got, want: isinstance(got, list) and all(isinstance(one, str) for one in got),
            "il manque les nombres : gardez les couples",
            2,
        ),
        (
            lambda got, want: [pair[::-1] for pair in got] == want,
            "vos couples sont à l'envers : le mot d'abord, son nombre ensuite",
        ),
        (
            lambda got, want: all(word in FRENCH for word, _ in got),
            "c'est l'inverse : il ne reste que les mots-outils ; `not in`",
            3,
        ),
        (
            lambda got, want: any(word in FRENCH for word, _ in got),
            'il reste des mots-outils : filtrez avec `FUNCTION_WORDS["fr"]`',
        ),
        (
            lambda got, want: len(got) < len(want) and got == want[: len(got)] and len(got) != 10,
            "vous avez pris les vingt premiers PUIS ôté les mots-outils : il en reste moins de vingt. Filtrez d'abord",
            3,
        ),
        (lambda got, want: len(got) != len(want), "on en veut vingt : `most_common(20)`", 2),
        (
            lambda got, want: dict(got) != dict(want),
            "ce ne sont pas les plus fréquents : rangez par nombre, pas par ordre alphabétique",
            2,
        ),
    ],
    hints=(
        '`Counter` compte ; `words` est la liste de tous les mots ; `FUNCTION_WORDS["fr"]` est celle des mots-outils.',
        "Filtrez pendant que vous comptez : `Counter(word for word in words if …)`, puis `.most_common(20)`.",
        '`Counter(word for word in words if word not in FUNCTION_WORDS["fr"]).most_common(…)`',
    ),
    wrong=(
        ("Counter(words).most_common(20)", "il reste des mots-outils"),
        ('[(w, n) for w, n in Counter(words).most_common(20) if w not in FUNCTION_WORDS["fr"]]', "Filtrez d'abord"),
        ('Counter(w for w in words if w not in FUNCTION_WORDS["fr"])', "c'est tout le compteur"),
        ('Counter(w for w in words if w not in FUNCTION_WORDS["fr"]).most_common(10)', "on en veut vingt"),
        ('Counter(w for w in words if w in FUNCTION_WORDS["fr"]).most_common(20)', "c'est l'inverse"),
        ('sorted(Counter(w for w in words if w not in FUNCTION_WORDS["fr"]).items())[:20]', "ordre alphabétique"),
        ('[w for w, n in Counter(w for w in words if w not in FUNCTION_WORDS["fr"]).most_common(20)]', "gardez les couples"),
        ('dict(Counter(w for w in words if w not in FUNCTION_WORDS["fr"]).most_common(20))', "dans un dictionnaire"),
        ('[(n, w) for w, n in Counter(w for w in words if w not in FUNCTION_WORDS["fr"]).most_common(20)]', "à l'envers"),
        ("Counter(w for w in words if w not in FUNCTION_WORDS).most_common(20)", "il reste des mots-outils"),
    ),
)

EXERCISES = [
    DOWNLOAD,
    STRIP_LICENCE,
    JOIN_LINES,
    SPLIT_SENTENCES,
    FRENCH_SHARE,
    SPLIT_BY_BOOK,
    DECODE,
    SENTENCES_PER_BOOK,
    FREQUENT_WORDS,
]
