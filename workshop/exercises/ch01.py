"""The exercises of chapter 01: from the address of a book to three parts of clean paragraphs, on invented books and lines."""

import re
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

from .. import cleaning, corpus
from ..base.settings import settings
from ..cleaning import FUNCTION_WORDS, Cleaned
from .cards import Difference, kind, same
from .core import Exercise
from .mistakes import anything, raises
from .scratch import scratch

FRENCH = FUNCTION_WORDS["fr"]


def bare(*texts: str) -> str:
    """Return all the letters and signs of some texts, without the white."""
    return "".join("".join(texts).split())


# 1.1 ----------------------------------------------------------------------------------------------------------------------------

PAGE, KEPT, OTHER = "Il était une fois une page sans réseau.\n", "Cette copie était déjà là.\n", "Une autre page.\n"
FRESH_NAME, KEPT_NAME, OTHER_NAME = "essai-nouveau.txt", "essai-garde.txt", "essai-autre.txt"


def _downloads() -> list[tuple]:
    """Write the two pages that stand for the network, to be fetched under three names."""
    import keras  # noqa: F401  its slow first import must not count as the attendee's time

    (settings().cache / "books").mkdir(parents=True, exist_ok=True)  # Keras goes elsewhere when its folder is not there
    page = scratch() / "page.txt"
    page.write_text(PAGE, encoding="utf-8", newline="\n")
    other = page.with_name("autre.txt")
    other.write_text(OTHER, encoding="utf-8", newline="\n")
    return [(page.as_uri(), FRESH_NAME), (page.as_uri(), KEPT_NAME), (other.as_uri(), OTHER_NAME)]


def _fault_of(got: Any, wanted: Path) -> str | None:
    """Return what is wrong with a path, or with the file to which it leads."""
    if isinstance(got, Path) and got.is_dir():
        return "ce chemin mène à un dossier : on attend celui du fichier lui-même"
    if isinstance(got, Path) and not got.is_file() and wanted.is_file():
        return "le fichier est bien arrivé, mais ce chemin-ci ne mène pas à lui : renvoyez celui que `get_file` donne"
    if isinstance(got, bytes) or (isinstance(got, str) and got.endswith("\n")):
        return "vous renvoyez le contenu du fichier : on attend son chemin, un `Path`"
    if isinstance(got, str):
        return "`get_file` renvoie un texte, et la suite attend un `Path` : enveloppez-le, `Path(…)`"
    if not isinstance(got, Path):
        return "on attend le chemin du fichier, un `Path`"
    if not got.is_file():
        return "le chemin a l'air bon, mais il n'y a pas de fichier au bout : rien n'a été téléchargé"
    if got.name != wanted.name:
        return f"ce fichier devrait porter le nom demandé, « {wanted.name} » : le vôtre s'appelle « {got.name} »"
    if got.resolve() != wanted.resolve():
        return (
            "le fichier est arrivé, mais pas à sa place : `cache_dir` dit quel cache (`settings().cache`),"
            " et `cache_subdir` dans quel sous-dossier (`books`)"
        )
    text = got.read_text(encoding="utf-8", errors="replace")
    if got.name == KEPT_NAME and text == PAGE:
        return "un fichier déjà présent est téléchargé une seconde fois : `get_file` s'en garde, si on le laisse faire"
    page = {FRESH_NAME: PAGE, KEPT_NAME: KEPT, OTHER_NAME: OTHER}[wanted.name]
    return None if text == page else "le fichier n'a pas le contenu de la page demandée"


def _judge_download(got: Any, url: str, name: str) -> str | None:
    """Judge the path of a file that has to come, then of one that is there already; leave nothing of ours behind."""
    shelf = settings().cache / "books"
    fault = _fault_of(got, shelf / name)
    (shelf / name).unlink(missing_ok=True)
    ours = isinstance(got, Path) and got.is_file() and got.resolve().as_uri() != url
    if ours and got.read_bytes() in (PAGE.encode(), OTHER.encode()):
        got.unlink()
    if name == FRESH_NAME and not fault:  # set the scene for the second call
        (shelf / KEPT_NAME).write_text(KEPT, encoding="utf-8", newline="\n")
    return fault


DOWNLOAD = Exercise(
    id="1.1", title="Aller chercher un livre", purpose="ne rien télécharger deux fois",
    minutes=4, difficulty=1, reference=corpus.download, cases=_downloads, judge=_judge_download, helpers=globals(),
    hints=(
        "Keras sait faire cela : lisez `help(keras.utils.get_file)`, en particulier `origin`, `cache_dir` et `cache_subdir`.",
        "`keras.utils.get_file(nom, origin=adresse, cache_dir=…, cache_subdir=…)` télécharge, range, et renvoie le chemin, sous "
        "forme de texte : il reste à en faire un `Path`.",
        '`return Path(keras.utils.get_file(name, origin=…, cache_dir=settings().cache, cache_subdir="…"))`',
    ),
    mistakes=[
        ("right(name, url)", "l'adresse et le nom sont échangés : `get_file` veut d'abord le nom du fichier, puis `origin=` et "
         "l'adresse", 2, anything("isinstance(got, ValueError) and 'fname' in str(got) and url in str(got)")),
        ("right(url, name).read_text(encoding='utf-8')", "vous renvoyez le contenu"),
        ("str(right(url, name))", "renvoie un texte"),
        ("settings().cache / 'books' / name", "rien n'a été téléchargé"),
        ("right(url, 'page.txt')", "porter le nom demandé"),
        ("right(url, name).replace(settings().cache / name)", "pas à sa place"),
        ("right(url, name).unlink(); return right(url, name)", "une seconde fois"),
    ],
)  # fmt: skip

# 1.2 ----------------------------------------------------------------------------------------------------------------------------


class _File(str):
    """The text of a file, whose ``repr`` shows what a card is about: its beginning, and the lines that begin with a star."""

    def __repr__(self) -> str:
        marks = [f"{line[:14]}…" for line in self.splitlines() if line.startswith("*")]
        return repr("\n".join([f"{self[:8].strip()}…", *marks]))


def _book(body: str, header: int, licence: int, stars: str = "*** ") -> str:
    """Lay out an invented book as the real ones are, with as many lines above and below as asked for."""
    start, end = (f"{stars}{word} OF THE PROJECT GUTENBERG EBOOK LE PENDULE{stars[::-1]}" for word in ("START", "END"))
    above = "".join(f"Header line {i}.\n" for i in range(header))
    below = "".join(f"{i}. You may copy it, give it away or re-use it.\n" for i in range(licence))
    return (
        f"The Project Gutenberg EBook of Le Pendule\n{above}{start}\n\n{body}\n\n{end}\n\n"
        f"*** START: FULL LICENSE ***\n{below}Please SEND DONATIONS to nobody.\n"
    )


STROKES = "\n".join(f"Le pendule sonna {i} coups, puis se tut." for i in range(60))

STRIP_LICENCE = Exercise(
    id="1.2", title="Le roman, rien que le roman", purpose="qu'un réseau n'apprenne pas à rédiger des licences",
    minutes=5, difficulty=2, reference=cleaning.strip_licence, view=lambda text: text.strip(), helpers=globals(),
    cases=[(_File(text),) for text in (
        _book(f"LE PENDULE\n\nI\n\n{STROKES}\n\n***\n\nLe chat sortit.", 20, 130),
        _book("Il pleuvait.\nLe chat dormait.", 6, 8),
        _book("Il neigeait.\nLe chat rêvait.", 4, 9, "***"),
        _book("Il ventait.\nLe chat veillait.", 2, 3).replace("\n\n", "\n"),
        _book("Sur l'enseigne : START OF THE ROAD.\nAu bout : END OF THE ROAD.\nLe chat riait.", 3, 2),
        _book("Il gelait.\nLe chat toussait.", 5, 0).partition("*** END OF")[0],
        _book("Il bruinait.\nLe chat bâillait.", 1, 0).partition("\n\n*** END OF")[0],
        _book("Il lut : *** START OF THE ROAD ***.\nPlus bas : *** END OF THE ROAD ***.\nLe chat rit.", 2, 4),
        _book("Il tonnait.\nLe chat tremblait.", 0, 4).partition("LE PENDULE ***\n")[2],
        "Il faisait beau.\n***\nLe chat partit.\n",
    )],
    hints=(
        "Affichez les lignes du fichier qui contiennent « START » ou « END » : deux d'entre elles sont les bornes du roman.",
        "`re.search(r\"…\", text)` trouve une borne : `(?m)^` veut dire « au début d'une ligne », `\\*+` « des étoiles », ` ?` "
        "« peut-être une espace », et `.*` « la suite de la ligne ». `match.start()` et `match.end()` disent où elle commence et "
        "où elle finit ; sans borne, `match` vaut `None`.",
        '`start = re.search(r"(?m)^\\*+ ?START OF.*", text)`, de même pour `END OF`, puis `if start: text = …`, et `if end: …` '
        "(une borne cherchée dans un texte déjà coupé a d'autres positions : commencez par la fin)",
    ),
    mistakes=[
        ([rf"'\n'.join(text.{lines}[50:-100])" for lines in ("splitlines()", "split('\\n')")],
         "il manque le début du roman, et il reste de la licence : les bornes sont les lignes « *** START OF … » et « *** END OF "
         "… », pas un nombre de lignes, qui change d'un livre à l'autre",
         "want not in got and want.splitlines()[-1] in got and 'You may copy' in got"),
        (r"text[text.rfind('*** START') :].partition('\n')[2]",
         "vous êtes parti du second « *** START » : celui de « *** START: FULL LICENSE *** » ouvre la licence ; cherchez « START "
         "OF », ou le premier", 2, "got and got in text.partition('START: FULL LICENSE')[2]"),
        ("text[text.index(right(text)) : text.rfind('END')]",
         "votre recherche de « END » s'est arrêtée dans « SEND DONATIONS », au bas de la licence : cherchez la ligne entière, « "
         "*** END OF »", 2, "got.endswith('S') and text.partition(got)[2].startswith('END')"),
        ("right(text).partition('END')[0]", "« END » se trouve aussi dans le roman (« PENDULE ») : cherchez la borne entière, "
         "avec ses étoiles et son « OF »", 2, "want.startswith(got) and text.partition(got)[2].startswith('END')"),
        (r"re.split(r'\*+ ?END OF', right(text))[0]", "« *** END OF » se lit aussi au milieu d'une ligne du roman : une borne "
         "commence sa ligne, ce que `(?m)^` demande", 3,
         r"got and want.startswith(got) and re.match(r' *\*+ ?END OF', text.partition(got)[2])"),
        ("right(text).partition('***')[0]", "ces trois étoiles-là séparent deux scènes du roman : une borne, c'est « *** START "
         "OF » ou « *** END OF »", 2, r"len(got) < len(want) and text.partition(got)[2].lstrip().startswith('***\n')"),
        (["text.split('START OF')[1].split('*** END OF')[0]", "text[text.index('START OF') : text.index('END OF')]"],
         "il reste un bout de la ligne « *** START OF … » elle-même : le roman commence à la ligne suivante", 3,
         "want in got and 'EBOOK' in got.partition(want)[0] and 'Header line' not in got"),
        ("text[text.index(right(text)) : text.index('END OF')]", "il reste la ligne « *** END OF … » elle-même, ou ses étoiles",
         3, "got.startswith(want) and '***' in got[len(want) :] and 'LICENSE' not in got"),
        (["text", "text[: text.find('*** END OF')]"],
         "il reste l'en-tête en anglais, au-dessus de la ligne « *** START OF … »", "'Header line' in got"),
        ("text[text.index(right(text)) :]", "il reste la licence : tout ce qui suit la ligne « *** END OF … » doit partir",
         "'LICENSE' in got or 'You may copy' in got"),
        ("' '.join(right(text).split())", "rien ne manque au roman que ses fins de ligne : gardez-les, elles diront où finit un "
         "paragraphe", "bare(got) == bare(want)"),
        ("text[text.index('END OF') : text.index('START OF')]",
         "il ne reste rien : les deux bornes sont-elles dans le bon ordre ?"),
        (["right(text[text.index('*** START OF') :])", "right(text) if '*** START OF' in text else ''"],
         "certaines éditions collent les étoiles : « ***START OF », sans espace ; votre recherche doit accepter les deux", 2,
         anything("'***START' in text and (got == '' or isinstance(got, Exception) or 'EBOOK' in got)")),
    ],
)  # fmt: skip

# 1.3 ----------------------------------------------------------------------------------------------------------------------------


def paragraphs(text: str) -> list[str]:
    """Cut a text at its blank lines, and leave the lines of each paragraph as they are."""
    return re.split(r"\n\s*\n", text.strip())


JOIN_LINES = Exercise(
    id="1.3", title="Des lignes aux paragraphes", purpose="rendre aux phrases coupées par la page leur longueur",
    minutes=4, difficulty=2, reference=cleaning.join_lines, helpers=globals(), cases=[
        ("\n\nLe chat dormait près\ndu feu. Il rêvait   \nde souris.\n\n\n\nLa pluie tombait.\n\n— Entrez, dit\nla meunière.\n",),
        ("Un soir,\non frappa.\n   \nC'était\nle vent.\n\nPersonne\nn'ouvrit.\n",),
        ("Ce fut Petit-\nPierre qui\nouvrit à Grand-  \n  Louis.\n",),
        ("Il vint - enfin -\net s'assit.\n\n  Dors, dors,\n    petit chat,\n\nle vent dort.",),
        ("Un seul.",),
        ("\n \n\n",),
    ],
    hints=(
        "Deux gestes : couper le texte aux lignes vides, puis, dans chaque morceau, remplacer les fins de ligne par des espaces.",
        "`re.split(r\"\\n\\s*\\n\", text.strip())` coupe aux lignes vides, même pleines d'espaces ; `line.strip()` ôte ce qui "
        "dépasse, et `\" \".join(…)` recoud. Le trait d'union se traite à part.",
        'Pour un paragraphe : `text = "\\n".join(line.strip() for line in paragraph.splitlines())`, puis '
        '`re.sub(r"(?<=\\w-)\\n(?=\\w)", "", text).replace("\\n", " ")`',
    ),
    mistakes=[
        ("[p.splitlines() for p in paragraphs(text)]", 'chaque paragraphe est encore une liste de lignes : `" ".join(…)` en fait '
         "un seul texte", 2, anything("isinstance(got[0], list)")),
        ("list(text)", "votre liste est faite de lettres : `+=` ajoute un texte lettre par lettre, `append` l'ajoute entier",
         "len(got) > 3 and all(len(piece) == 1 for piece in got)"),
        ("text.split()", "vous avez rendu les mots : un paragraphe va d'une ligne vide à la suivante"),
        ("[' '.join(text.split())]", "tout le texte tient dans un seul paragraphe : coupez-le d'abord aux lignes vides",
         "len(got) == 1 < len(want) and bare(*got) == bare(*want)"),
        ("right(text)[:1]",
         "il n'y a que le premier paragraphe : un `return` dans la boucle l'arrête dès le premier tour"),
        ("paragraphs(text)", "il reste des fins de ligne à l'intérieur des paragraphes : chacun doit tenir sur une seule ligne",
         r"any('\n' in piece for piece in got)"),
        ("[line.strip() for line in text.splitlines() if line.strip()]",
         "vous avez rendu les lignes : un paragraphe va d'une ligne vide à la suivante"),
        (["[*right(text), '']", "['', *right(text)]", "right(text) or ['']"],
         "il y a un paragraphe vide : gardez ceux qui ont du texte", "'' in got and [piece for piece in got if piece] == want"),
        ("right(text)[-1:]", "il ne reste que le dernier paragraphe : la liste est remise à zéro dans la boucle, créez-la une "
         "fois, avant"),
        ("right(text)[:-1]", "il manque le dernier paragraphe : la boucle finit avant de l'avoir rangé, car aucune ligne vide ne "
         "le suit"),
        ("[''.join(p.splitlines()) for p in paragraphs(text)]", "les lignes sont jointes sans espace, et les mots se collent (« "
         'prèsdu ») : `" ".join(…)`', 2, "len(got) == len(want) and re.search('prèsdu|dittla|soir,on', str(got))"),
        ([r"[p.replace('\n', ' ') for p in paragraphs(text)]", "[p + ' ' for p in right(text)]"],
         "il reste des espaces en trop au bout des lignes : `strip()`", 2,
         "len(got) == len(want) and any('  ' in f' {piece} ' for piece in got if piece)"),
        (r"right(text.replace('\n   \n', '\n'))", "une ligne qui ne contient que des espaces est vide, elle aussi : elle sépare "
         "deux paragraphes", 2, r"len(got) < len(want) and '\n   \n' in text"),
        (r"right(text.replace('-\n', '- '))",
         "« Petit- Pierre » : après le trait d'union d'un mot composé, on joint sans espace", 3, "'Petit- Pierre' in str(got)"),
        (r"right(text.replace('-\n', ''))",
         "« PetitPierre » a perdu son trait d'union : gardez-le", 3, "'PetitPierre' in str(got)"),
    ],
)  # fmt: skip

# 1.4 ----------------------------------------------------------------------------------------------------------------------------

TALES = (
    "M. Talbot entra dans la grange. Il pleuvait. Mme Roux filait. Le vieux chat dormait près du feu. Il rêvait. Le vent tomba.",
    "La porte s'ouvrit. M. Talbot se leva. Le chien aboya. Mme Roux posa son fuseau. Il faisait nuit.",
)
TO_CUT = (
    "M. Talbot entra dans la grange. Il pleuvait.",
    "Qui va là?! Personne. Le vent tomba.",
    "«Oh! oh! fit-il. Quelle nuit!» Mme Roux rêvait… puis elle s'endormit.",
    "puis il se tut. Elle rit.",
    "Mgr. Roux vint… puis M. Talbot parla… étant las, il dormit.",
    "Il plut. 3 chats vinrent. «Entrez!» Le vent tomba.",
)


def _to_cut() -> list[tuple]:
    """Return the paragraphs with a Punkt, and one with another Punkt, which knows one more abbreviation."""
    punkt, other = cleaning.train_punkt(TALES), cleaning.train_punkt(TALES)
    other._params.abbrev_types.add("prof")
    return [*product(TO_CUT, [punkt]), ("Le prof. Talbot vint. Il rit.", other)]


SPLIT_SENTENCES = Exercise(
    id="1.4", title="Des paragraphes aux phrases", purpose="savoir où une phrase finit, ce qu'un point ne dit pas",
    minutes=4, difficulty=2, reference=cleaning.split_sentences, cases=_to_cut,
    helpers=globals(),
    hints=(
        "`punkt` est déjà entraîné : c'est lui qui sait couper. Regardez ensuite ce qui commence par une minuscule.",
        "`punkt.tokenize(text)` donne une liste de morceaux. Parcourez-la : un morceau qui commence par une minuscule s'ajoute "
        "au dernier de votre liste, les autres en ouvrent un nouveau.",
        '`if sentences and re.match(r"\\W*[a-zà-öø-ÿœ]", piece): sentences[-1] += " " + piece`, sinon `sentences.append(piece)`',
    ),
    mistakes=[
        ("raise LookupError('Resource punkt_tab not found.')", "cette fonction de NLTK veut télécharger un modèle : inutile, "
         "`punkt` a déjà appris de nos romans où finit une phrase", 2, anything("type(got) is LookupError")),
        ("list(punkt.span_tokenize(text))", "`span_tokenize` donne des positions : `tokenize`, les phrases", 2,
         anything("isinstance(got, list) and isinstance(got[0], tuple)")),
        ("right(text, punkt)[:1]",
         "il n'y a que la première phrase : un `return` dans la boucle l'arrête dès le premier tour"),
        ("[piece for piece in punkt.tokenize(text) if not piece[0].islower()]", "ce qui commence par une minuscule a disparu : "
         "cela s'ajoute au morceau qui précède", 2),
        ("""
            sentences = []
            for piece in punkt.tokenize(text):
                if sentences and piece[0].islower():
                    sentences += " " + piece
                else:
                    sentences.append(piece)
            return sentences
            """, "`+=` sur une liste y ajoute le texte lettre par lettre : c'est à son dernier élément, `sentences[-1]`, qu'il "
         "s'ajoute", 3),
        ("right(text, punkt) if not text[0].islower() else [][-1]",
         "la première phrase peut commencer par une minuscule, et rien ne la précède : `if sentences and …`", 3,
         anything("isinstance(got, IndexError) and text[0].islower()")),
        (["[piece.strip() for piece in text.split('.') if piece.strip()]", "re.split('[.!?…]+ ?', text)"],
         "la ponctuation a disparu : `split` jette ce sur quoi il coupe, et « . » ne sait pas que « M. » est une abréviation",
         r"not any(re.search('[.!?…][ »]*$', piece) for piece in got) and any(re.search(r'\bM$', piece) for piece in got)"),
        ("[piece.rstrip('.!?…') for piece in right(text, punkt)]",
         "la ponctuation a disparu : rendez les morceaux tels que `punkt` les donne", 2,
         "not any(re.search('[.!?…][ »]*$', piece) for piece in got)"),
        ("""
            sentences = []
            for piece in punkt.tokenize(text):
                if sentences and piece[0].islower():
                    sentences[-1] += " " + piece
                sentences.append(piece)
            return sentences
            """, "ce qui commence par une minuscule y est deux fois : une fois rattaché à ce qui précède, il ne s'ajoute pas "
         "encore à la liste (`else`)", 3),
        (["re.split('(?<=[.!?…]) ', text)", "[piece.strip() for piece in re.findall('.*?[.!?…](?: |$)', text)]", "text.split()"],
         "« M. » n'est pas une phrase : une règle sur les points ne connaît pas les abréviations, `punkt` les a apprises",
         r"any(re.search(r'(^|\W)M\.\s*$', piece) for piece in got)"),
        (r"[piece.strip() for piece in re.findall(r'(?:M\. )?[^.!?…]+[.!?…]|[!?»]', text)]",
         "un signe reste seul (« ! », « » ») : il appartient à la phrase qu'il termine, comme dans « ?! »", 2),
        ("punkt.tokenize(text)", "une phrase ne commence pas par une minuscule : « oh ! fit-il. » se rattache au morceau qui "
         "précède", 3, r"any(re.match(r'\W*[a-zà-öø-ÿœ]', piece) for piece in got[1:]) and bare(*got) == bare(*want)"),
        ("[re.sub('(?<=[!…]) ', '', sentence) for sentence in right(text, punkt)]", "en recollant un morceau au précédent, il "
         "faut une espace entre les deux", 3, "len(got) == len(want) and bare(*got) == bare(*want)"),
        ("[text]", "il reste plusieurs phrases dans un même morceau", 2, "len(got) < len(want) and bare(*got) == bare(*want)"),
    ],
)  # fmt: skip

# 1.5 ----------------------------------------------------------------------------------------------------------------------------


def long_words(text: str) -> list[str]:
    """Return the words that count: in small letters, two at least."""
    return re.findall(r"[^\W\d_]{2,}", text.lower())


def share_of(words: str, counted: str = "word in function_words", divisor: str = "") -> list[str]:
    """Return two codes for the share of some words: as the reference divides, and with no thought for an empty text."""
    total = f"len({divisor or words})"
    return [f"sum({counted} for word in {words}) / {number}" for number in (f"max(1, {total})", total)]


FRENCH_SHARE = Exercise(
    id="1.5", title="Est-ce bien du français ?", purpose="démasquer l'intrus sans lire tous les livres",
    minutes=4, difficulty=2, reference=cleaning.french_share, helpers=globals(), cases=[
        ("Le vieux chat dort dans la grange, et le chien aussi, avec lui; LE VENT noir souffle sur l'étang.",),
        ("Il y a de l'eau à la source, et c'est là qu'il faut aller.",),
        ("It is for the cat that the miller has left some bread on the table.",),
        ("",),
        ("It is for the cat that the miller has left some bread.", FUNCTION_WORDS["en"]),
        ("Le 14 juillet 1870, les 3 ponts du_village étaient vides.",),
        ("L’œil du bœuf suit le meunier ; le cœur a ses œillets.",),
        ("LE",),
    ],
    hints=(
        "Trois gestes : tirer du texte la liste de ses mots, compter ceux qui sont dans `function_words`, diviser par leur "
        "nombre total.",
        '`re.findall(r"[^\\W\\d_]{2,}", text.lower())` donne les mots de deux lettres au moins, accents compris. Le test `word '
        "in function_words` vaut 1 ou 0 : on peut en faire la somme.",
        "`return sum(word in function_words for word in words) / max(1, len(words))`",
    ),
    mistakes=[
        ([share_of("long_words(text)")[1], "right(text, function_words) or float('nan')"], "un texte vide n'a pas de mots, et "
         "l'on ne divise pas par zéro : sa part est 0", 3, anything("isinstance(got, ZeroDivisionError) or got != got")),
        (share_of(r"re.findall(r'[^\W\d_]{2,}', text)"),
         "« Le » et « LE » sont aussi des mots-outils : mettez le texte en minuscules avant de compter", 2),
        (share_of("[word.strip('.,;:!?«»') for word in text.lower().split()]"),
         "« l'eau » et « c'est » ne font ici qu'un mot chacun : l'apostrophe aussi sépare les mots", 2),
        ([*share_of("text.lower().split()"), *share_of("text.split()"),
          *share_of("[word for word in text.lower().split() if len(word) > 1]")],
         "découpés aux espaces, les mots gardent leur ponctuation : `lui` est dans la liste, `lui;` n'y est pas", 2),
        (share_of("set(long_words(text))"), "un `set` ne garde chaque mot qu'une fois : ici, chaque « le » compte"),
        ("len(function_words & set(long_words(text))) / len(function_words)",
         "vous mesurez quelle part de la liste est dans le texte ; on cherche quelle part du texte est dans la liste"),
        (share_of("re.findall('[a-z]{2,}', text.lower())"),
         "`[a-z]` ne connaît pas les lettres accentuées : « là » et « étang » sont coupés en morceaux", 2),
        (share_of(r"re.findall(r'\w{2,}', text.lower())")[0],
         "`\\w` prend aussi les chiffres et le tiret bas : « 14 » et « 1870 » ne sont pas des mots", 2),
        (share_of("re.findall('[A-zÀ-ÿ]{2,}', text.lower())")[0], "`[A-z]` prend aussi ce qui est entre « Z » et « a », dont le "
         "tiret bas : écrivez `[A-Za-z…]`, ou `[^\\W\\d_]`, qui connaît toutes les lettres", 2),
        ([*share_of(r"re.findall(r'\w+', text.lower())"), *share_of(r"re.findall(r'[^\W\d_]+', text.lower())")],
         "les mots d'une seule lettre (« y », « l », « c ») ne comptent pas : deux lettres au moins", 2),
        (share_of("long_words(text)", "any(small in word for small in function_words)"),
         "« in » cherche ici un morceau de mot : « table » contient « la » sans être un mot-outil"),
        ("right(text)", "le second paramètre, `function_words`, doit servir : avec lui, on mesure aussi l'anglais"),
        ([*share_of("text.lower()"), *share_of("long_words(text)", "word.upper() in function_words"),
          *share_of("long_words(text)", "word in FUNCTION_WORDS"), "0"],
         "aucun mot n'est jamais reconnu : affichez ce que vous cherchez (qui parcourt un texte n'y trouve que des lettres, et "
         "les mots de la liste sont en minuscules), et dans quoi : `function_words`", 2),
        (["round(right(text, function_words), 2)", "int(right(text, function_words))"], "votre part est arrondie : divisez avec "
         "`/`, et non `//`, et gardez les décimales", "want and got in (want // 1, *(round(want, n) for n in range(4)))"),
        (share_of("long_words(text)", divisor="text"),
         "vous divisez par le nombre de lettres : `len(text)` les compte ; divisez par le nombre de mots", 2),
        ("1 / right(text, function_words)",
         "votre fraction est à l'envers : le nombre de tous les mots va en dessous", "abs(got * want - 1) < 1e-9"),
        ("100 * right(text, function_words)",
         "on attend une part entre 0 et 1 : votre résultat est un pourcentage", "want and abs(got - 100 * want) < 1"),
        ("sum(word in function_words for word in long_words(text))", "vous comptez les mots-outils : divisez par le nombre de "
         "mots, sans quoi le livre le plus long gagne toujours"),
        ("1 - right(text, function_words)",
         "c'est la part de tout le reste : comptez les mots qui SONT dans la liste", "want and abs(got - (1 - want)) < 1e-9"),
    ],
)  # fmt: skip

# 1.6 ----------------------------------------------------------------------------------------------------------------------------


class _Tale(Cleaned):
    """An invented book, whose ``repr`` fits in a card."""

    def __init__(self, title: str, paragraphs: int, role: Any = "train") -> None:
        numbered = [f"{title}, paragraphe {i}{' et le suivant' * (i % 3)}." for i in range(1, paragraphs + 1)]
        chapters = ["I" if i < paragraphs / 2 else "V" for i in range(paragraphs)]
        super().__init__(title, role, numbered, chapters, lines_removed=0, share_removed=0.0)

    def __repr__(self) -> str:
        return f"<{self.title}, {self.role}, {len(self.paragraphs)} paragraphes>"


PARTS = ("train", "validation", "test")
_Tale.__name__ = "Cleaned"  # which an error shows
LIBRARY = [_Tale("Le Puits", 30), _Tale("L'Horloge", 20), _Tale("Le Chat", 5, "test")]
SHELF = [_Tale("La Mare", 3, "test"), _Tale("Le Four", 30), _Tale("Le Pré", 4), _Tale("L'Âne", 2, "test")]


def _contents(parts: Any) -> dict[str, Any]:
    """What is compared: the classes, then the rows of each part."""
    classes = {type(parts).__name__} | {type(part).__name__ for part in parts.values()}
    return {"classes": classes} | {str(name): [dict(row) for row in part] for name, part in parts.items()}


def _same_parts(got: dict, expected: dict) -> Difference | None:
    """Compare parts; where a book is cut may differ by one paragraph, since nothing is said of how to round."""
    found = same(got, expected)
    if not found or set(got) != set(expected) or got["test"] != expected["test"] or got["classes"] != expected["classes"]:
        return found
    for title in {row["book"] for row in expected["train"]}:
        ours, theirs = (
            {name: [row for row in parts[name] if row["book"] == title] for name in PARTS} for parts in (expected, got)
        )
        if ours["train"] + ours["validation"] != theirs["train"] + theirs["validation"]:
            return found
        if abs(len(ours["train"]) - len(theirs["train"])) > 1:
            return found
    order = [[*dict.fromkeys(row["book"] for row in parts["train"])] for parts in (got, expected)]
    return None if order[0] == order[1] else found


def texts(parts: dict, *names: str) -> set[str]:
    """Return the paragraphs of some parts, in no order."""
    return {row["text"] for name in names for row in parts[name]}


def validated(parts: dict) -> set[str]:
    """Return the books that give something to the validation."""
    return {row["book"] for row in parts["validation"]}


def parted(books: list[Cleaned], share: float, test: Any, **how: Any) -> Any:
    """Put the rows of some books in one heap, and let ``train_test_split`` take a share of it for validation."""
    from datasets import Dataset, DatasetDict

    rows = [{"text": t, "book": b.title, "chapter": c} for b in books for t, c in zip(b.paragraphs, b.chapters, strict=True)]
    pair = Dataset.from_list(rows).train_test_split(share, **how)
    return DatasetDict(train=pair["train"], validation=pair["test"], test=test)


def swapped(parts: Any) -> Any:
    """Return the same parts, those for training and for validation exchanged."""
    return type(parts)(parts | {"train": parts["validation"], "validation": parts["train"]})


SPLIT_BY_BOOK = Exercise(
    id="1.6", title="L'examen se prépare avant le cours", purpose="trois parts qui ne se mélangent pas",
    minutes=6, difficulty=3, reference=cleaning.split_by_book, view=_contents, compare=_same_parts, seconds=10, helpers=globals(),
    cases=[(LIBRARY,), (LIBRARY, 0.2), (SHELF,), (LIBRARY[:2],), ([_Tale("Le Sou", 2), LIBRARY[2]], 0.0)],
    hints=(
        "Trois listes vides AVANT la boucle, une par part. Pour chaque livre : est-ce celui de l'examen (`book.role`) ?",
        'Une ligne est un dictionnaire `{"text": …, "book": book.title, "chapter": …}` ; `zip(book.paragraphs, book.chapters)` '
        "donne les deux ensemble. Les premiers neuf dixièmes vont à `train`, la fin à `validation`.",
        "`cut = round(len(rows) * (1 - validation_share))`, puis `rows[:cut]` et `rows[cut:]` ; enfin `DatasetDict({name: "
        "Dataset.from_list(rows) for name, rows in parts.items()})`, sauf si une part est vide : `raise WorkshopError(\"…\")`",
    ),
    mistakes=[
        ("right(books)['train']",
         "voici un seul tableau : on en attend trois, dans un `DatasetDict`", 3, anything("type(got).__name__ == 'Dataset'")),
        ("from datasets import Dataset; return Dataset.from_list([right(books)['train'].to_list()])",
         "vos lignes sont des listes de lignes : `append` ajoute une liste entière, `+=` ou `extend` ses éléments", 2,
         raises(AttributeError, "'list' object has no attribute 'get'")),
        ("parts = right(books); parts['val'] = parts.pop('validation'); return parts", "les trois parts s'appellent `train`, "
         "`validation` et `test` : ce sont les noms qu'attendent les bibliothèques", 3, "set(got) != set(want)"),
        ("dict(right(books))",
         "c'est un dictionnaire ordinaire : on attend un `DatasetDict`", 3, "'DatasetDict' not in got['classes']"),
        ("parts = right(books); parts['test'] = [*parts['test']]; return parts",
         "chaque part doit être un `Dataset` : `Dataset.from_list(…)`", 3, "got['classes'] != want['classes']"),
        ("right(books).remove_columns('chapter')",
         "chaque ligne a trois colonnes, `text`, `book` et `chapter` : sans elles, on ne sait plus d'où vient un paragraphe", 2,
         "any(set(row) != {'text', 'book', 'chapter'} for name in PARTS for row in got[name])"),
        ("parted(books, validation_share, right(books)['test'], seed=0)",
         "le livre d'examen a fui dans l'entraînement : le réseau aura lu le sujet avant l'épreuve. On partage par livre, jamais "
         "par phrases tirées au sort", "texts(want, 'test') & texts(got, 'train', 'validation')"),
        ("parts = right(books); parts['test'] = parts['test'].select([]); return parts",
         "la part `test` est vide : c'est le livre dont le rôle est « test »", "not got['test']"),
        ("parts = right(books); parts['validation'] = parts['train']; return parts",
         "des paragraphes sont à la fois dans `train` et dans `validation` : l'examen blanc reprend les exercices du cours", 2,
         "texts(got, 'train') & texts(got, 'validation')"),
        ("right(books[1:], validation_share)",
         "il ne reste que le dernier roman : vos listes sont remises à zéro dans la boucle, créez-les une fois, avant", 2),
        ("parted(books[:-1], validation_share, right(books)['test'], shuffle=False)",
         "la validation ne vient que du dernier livre de l'étagère : chaque roman doit en donner sa part", 2,
         "validated(got) < validated(want) and validated(got) == validated({'validation': got['train'][-1:]})"),
        ("swapped(right(books, 1 - validation_share))",
         "la validation est ici le début de chaque roman : prenez sa fin, `rows[cut:]`", 3),
        ("parted(books[:-1], validation_share, right(books)['test'], seed=0)", "la validation est tirée au sort : deux "
         "paragraphes voisins se ressemblent trop, gardez d'un seul tenant la fin de chaque roman"),
        ("right(books)", "la part de la validation est toujours un dixième : servez-vous de `validation_share`", 3),
        (["swapped(right(books))", "right(books, 1 - validation_share)"], "les deux parts sont échangées : `validation_share` "
         "est celle de la validation, la petite", 3),
        ("parts = right(books); parts['train'] = parts['train'].skip(1); return parts",
         "des paragraphes se sont perdus : chaque part commence là où la précédente finit, `rows[:cut]` puis `rows[cut:]`", 3,
         "texts(got, *PARTS) < texts(want, *PARTS)"),
        ("parts = right(books); parts['train'] = parts['train'].shuffle(seed=0); return parts",
         "les bons paragraphes sont dans les bonnes parts, mais pas à leur place : gardez l'ordre des livres, et celui du livre",
         "all(sorted(map(str, got[name])) == sorted(map(str, want[name])) for name in PARTS)"),
    ],
)  # fmt: skip

# 1.7 (bonus) --------------------------------------------------------------------------------------------------------------------


def _text_first(result: Any) -> tuple:
    """Return what is compared: the text; of all that follows it, only what it is, since the name is up to everybody."""
    return (*result[:1], *map(kind, result[1:])) if isinstance(result, tuple) else result


DECODE = Exercise(
    id="1.7", title="Des octets aux lettres", purpose="ne plus jamais lire « Ã©tÃ© »",
    minutes=6, difficulty=3, bonus=True, reference=corpus.decode, view=_text_first, helpers=globals(), cases=[
        ("L'été, on dîne à l'aube.\n".encode(),),
        (b"\xef\xbb\xbf" + "Noël tombe un mardi.\n".encode(),),
        ("Character set encoding: ISO-8859-1\n\nL'été, on dîne à l'aube.\n".encode("iso-8859-1"),),
        ("Le meunier\r\nfut ému.\r\n".encode(),),
        ("L’été, Zoé but un café près du cœur de l’âtre.".encode("cp1252"),),
        (b"L'\xe9t\xe9 \x81 l'aube.\n",),
        ("» L'été, dit-elle. «".encode("iso-8859-1"),),
    ],
    hints=(
        "Un texte accentué en Latin-1 n'est presque jamais de l'UTF-8 valable : essayez l'UTF-8, et n'en changez que s'il "
        "échoue.",
        "`data.decode(\"utf-8-sig\")` ôte au passage la marque d'ordre ; s'il lève `UnicodeDecodeError`, prenez `cp1252`, et à "
        "défaut `iso-8859-1`, qui connaît tous les octets. Puis les fins de ligne : `replace`.",
        '`for encoding in ("utf-8-sig", "cp1252", "iso-8859-1"): try: text = data.decode(encoding) … except UnicodeDecodeError: '
        'continue`, et `return text.replace("\\r\\n", "\\n"), encoding`',
    ),
    mistakes=[
        ("data.decode('utf-8-sig'), 'UTF-8'", "ce fichier est en Latin-1, et vous le lisez comme de l'UTF-8 : ses octets n'y ont "
         "pas de sens ; essayez, et sinon changez", anything("isinstance(got, UnicodeDecodeError) and got.encoding == 'utf-8'")),
        (r"right(data) if b'\x81' not in data else (data.decode('cp1252'), 'CP1252')",
         "un octet de ce fichier ne veut rien dire en Windows-1252 : l'ISO-8859-1 (`iso-8859-1`) les connaît tous", 2,
         anything("isinstance(got, UnicodeDecodeError) and got.encoding == 'charmap'")),
        ([rf"right(data) if b'\x81' not in data else (data.decode('cp1252', '{mode}'), '')" for mode in ("replace", "ignore")],
         "un octet de ce fichier ne veut rien dire en Windows-1252, et vous l'avez perdu : l'ISO-8859-1 (`iso-8859-1`) les "
         "connaît tous, sans `errors`", 2,
         r"'\x81' in want[0] and got[0] in (want[0].replace('\x81', lost) for lost in ('', '�'))"),
        ("right(data)[::-1]", "c'est le nom de l'encodage qui vient en premier : rendez le texte d'abord, le nom ensuite",
         r"re.fullmatch(r'[\w-]+', got[0])"),
        ("data.decode('utf-8-sig', 'replace'), 'UTF-8'", "« � » remplace chaque lettre accentuée : du Latin-1 lu comme de "
         "l'UTF-8. `errors=\"replace\"` cache la faute sans la réparer", "'�' in got[0]"),
        ("data.decode('utf-8-sig', 'ignore'), 'UTF-8'", "les lettres accentuées ont disparu : `errors=\"ignore\"` jette ce qu'il "
         "ne comprend pas", "got[0] == want[0].encode('ascii', 'ignore').decode()"),
        ("data.decode('iso-8859-1'), 'ISO-8859-1'",
         "« Ã© » : de l'UTF-8 lu comme du Latin-1 ; essayez l'UTF-8 d'abord, il se trahit quand il a tort", 2, "'Ã' in got[0]"),
        ("data.decode(), 'UTF-8'", "trois octets invisibles sont restés au début du fichier : la marque d'ordre ; l'encodage "
         "`utf-8-sig` l'ôte", 2, r"got[0].startswith('\ufeff')"),
        (r"right(data)[0].replace('\n', '\r\n'), 'UTF-8'",
         "il reste des « \\r » : Windows finit ses lignes par « \\r\\n », il faut les ramener à « \\n »", 2, r"'\r' in got[0]"),
        ("right(data)[0].encode('cp1252').decode('iso-8859-1'), 'ISO-8859-1'", "« œ » et « ’ » sont devenus invisibles : ces "
         "octets-là sont du Windows-1252 (`cp1252`), le cousin du Latin-1", 3, r"re.search('[\x80-\x9f]', got[0])"),
    ],
)  # fmt: skip

# 1.8 and 1.9 (bonus) ------------------------------------------------------------------------------------------------------------


def _in_hand() -> dict[str, Any]:
    """What the notebook holds when the bonus exercises are reached, in small."""
    sentences_of = {"Le Puits": ["Il pleuvait.", "Le seau monta.", "L'eau était froide."]}
    sentences_of["L'Horloge"] = ["Elle sonna longtemps.", "Il était midi, et le chat dormait."]
    distinct = long_words(
        "chat chien grange puits seau eau horloge midi vent loup pré roue sabot pain sel bois feu âne oie blé lin vin"
    )
    words = [word for n, word in enumerate(distinct) for _ in range(30 - n)] + ["le"] * 90 + ["et"] * 60 + ["il"] * 25
    return {"sentences_of": sentences_of, "words": words, "Counter": Counter, "FUNCTION_WORDS": FUNCTION_WORDS}


SENTENCES_PER_BOOK = Exercise(
    id="1.8", title="Combien de phrases par livre ?", purpose="compter avant d'apprendre",
    minutes=2, difficulty=1, bonus=True, names=_in_hand, helpers=globals(),
    value="{title: len(sentences) for title, sentences in sentences_of.items()}",
    hints=(
        "`sentences_of` associe à chaque titre la liste de ses phrases : il reste à compter chaque liste.",
        "Une compréhension de dictionnaire : `{titre: … for titre, phrases in sentences_of.items()}`.",
        "`{title: len(sentences) for title, sentences in …}`",
    ),
    mistakes=[
        (["sum(len(sentences) for sentences in sentences_of.values())", "len(sentences_of)"],
         "c'est un seul nombre : on en veut un par livre, dans un dictionnaire", anything("isinstance(got, int)")),
        ("from workshop.steps import kept_books\nreturn {book.title: len(book.paragraphs) for book in kept_books()}",
         "ce sont les paragraphes qui sont comptés ; les phrases de chaque livre sont dans `sentences_of`"),
        ("sentences_of", "ce sont les phrases elles-mêmes : `len(…)` les compte", 2),
        ("{title: len(title) for title in sentences_of}",
         "vous comptez les lettres du titre : `for title, sentences in sentences_of.items()` donne aussi les phrases", 2),
        ("{i: len(sentences) for i, sentences in enumerate(sentences_of.values())}",
         "les clés sont des numéros : on veut le titre de chaque livre", 2, "set(map(type, got)) == {int}"),
        (["{title: len(' '.join(sentences).split()) for title, sentences in sentences_of.items()}",
          "{title: sum(map(len, sentences)) for title, sentences in sentences_of.items()}",
          "{title: len(' '.join(sentences)) for title, sentences in sentences_of.items()}"],
         "ce sont des mots ou des caractères qui sont comptés : une phrase est un élément de la liste", 2),
        ("{title: len(sentences) for title, sentences in list(sentences_of.items())[-1:]}",
         "il manque des livres : parcourez tout `sentences_of`", "len(got) < len(want)"),
        ("[len(sentences) for sentences in sentences_of.values()]",
         "les nombres sont justes ; gardez aussi le titre, dans un dictionnaire", 2),
    ],
)  # fmt: skip


def _same_ranking(got: list, expected: list) -> Difference | None:
    """Compare two rankings; words that are equally frequent may come in any order, and any of them may be the last."""
    found = same(got, expected)
    if not all(isinstance(pair, tuple) and len(pair) == 2 for pair in got):
        return found
    if found and [count for _, count in got] == [count for _, count in expected]:
        last = expected[-1][1]
        surely = [{pair for pair in ranking if pair[1] > last} for ranking in (got, expected)]
        if surely[0] == surely[1] and len(set(got)) == len(got) and not any(word in FRENCH for word, _ in got):
            return None
    return found


def telling(words: list[str]) -> Counter:
    """Count the words that are no function words."""
    return Counter(word for word in words if word not in FRENCH)


FREQUENT_WORDS = Exercise(
    id="1.9", title="Les vingt mots qui disent de quoi l'on parle", purpose="entendre le sujet sous les mots-outils",
    minutes=3, difficulty=2, bonus=True, names=_in_hand, compare=_same_ranking, helpers=globals(),
    value='Counter(word for word in words if word not in FUNCTION_WORDS["fr"]).most_common(20)',
    view=lambda ranking: [tuple(pair) if isinstance(pair, list) else pair for pair in ranking],
    hints=(
        '`Counter` compte ; `words` est la liste de tous les mots ; `FUNCTION_WORDS["fr"]` est celle des mots-outils.',
        "Filtrez pendant que vous comptez : `Counter(word for word in words if …)`, puis `.most_common(20)`.",
        '`Counter(word for word in words if word not in FUNCTION_WORDS["fr"]).most_common(…)`',
    ),
    mistakes=[
        ("dict(telling(words).most_common(20))", "les vingt mots y sont, mais dans un dictionnaire : `.most_common(20)` donne "
         "déjà la liste de couples attendue", 2, anything("isinstance(got, dict) and got == dict(want)")),
        ("telling(words)", "c'est tout le compteur : `.most_common(20)` en donne les vingt premiers, avec leur nombre", 2,
         anything("isinstance(got, Counter)")),
        ("[word for word, _ in telling(words).most_common(20)]",
         "il manque les nombres : gardez les couples", 2, anything("isinstance(got, list) and isinstance(got[0], str)")),
        ("[(count, word) for word, count in telling(words).most_common(20)]",
         "vos couples sont à l'envers : le mot d'abord, son nombre ensuite"),
        ("Counter(word for word in words if word in FRENCH).most_common(20)",
         "c'est l'inverse : il ne reste que les mots-outils ; `not in`", 3),
        ("Counter(words).most_common(20)",
         'il reste des mots-outils : filtrez avec `FUNCTION_WORDS["fr"]`', "any(word in FRENCH for word, _ in got)"),
        ("[pair for pair in Counter(words).most_common(20) if pair[0] not in FRENCH]",
         "vous avez pris les vingt premiers PUIS ôté les mots-outils : il en reste moins de vingt. Filtrez d'abord", 3),
        (["telling(words).most_common(10)", "telling(words).most_common()"], "on en veut vingt : `most_common(20)`", 2,
         "len(got) != len(want) and {pair for pair in got if pair[1] > want[-1][1]} <= {*want}"),
        (["sorted(telling(words).items(), key=lambda pair: pair[1])[:20]", "telling(words).most_common()[-20:]"],
         "ce sont les plus rares : `most_common(20)` donne les plus fréquents ; un tri, lui, commence par le plus petit", 2,
         "sorted(count for _, count in got) == sorted(telling(words).values())[:20]"),
        ("telling(set(words)).most_common(20)", "chaque mot ne compte qu'une fois : un `set` oublie les répétitions, et ce sont "
         "elles que l'on compte", 2, "set(dict(got).values()) == {1} and dict(want) != dict(got)"),
        ("sorted(telling(words).items())[:20]",
         "ce ne sont pas les plus fréquents : rangez par nombre, pas par ordre alphabétique", 2),
    ],
)  # fmt: skip

EXERCISES = [
    DOWNLOAD, STRIP_LICENCE, JOIN_LINES, SPLIT_SENTENCES, FRENCH_SHARE, SPLIT_BY_BOOK, DECODE, SENTENCES_PER_BOOK, FREQUENT_WORDS,
]  # fmt: skip
