"""An exception retold to someone who meets it for the first time: what it means in French, and with which values it came."""

import difflib
import inspect
import json
import re
from collections.abc import Callable, Mapping
from types import FrameType, ModuleType
from typing import Any

from ..base.errors import WorkshopError
from .cards import kind, named_kind, short
from .sandbox import guilty_line, named_error, raised_on_purpose, shortens

VALUES = 4  #: names of the guilty line whose values are shown

#: What the commonest exceptions mean.
MEANINGS = {
    AssertionError: "ce qu'un `assert` affirme n'est pas vrai",
    ImportError: "ce module n'est pas installé, ou son nom est mal écrit",
    re.error: "ce motif ne se lit pas : dans une expression régulière, `*`, `.`, `(` ou `?` ont un sens ; `\\*` est une étoile",
    EOFError: "ici, rien ne se demande au clavier (`input`) : ce qu'il faut à la fonction lui est donné en argument",
    IndexError: "vous demandez un élément qui n'existe pas (les indices commencent à 0)",
    json.JSONDecodeError: "ce texte n'est pas du JSON",
    KeyError: "cette clé n'est pas dans le dictionnaire",
    MemoryError: "ce calcul demande plus de mémoire qu'il n'y en a",
    OSError: "ce fichier ou cette adresse ne s'ouvre pas",
    OverflowError: "un nombre dépasse ce que l'ordinateur sait écrire : une exponentielle, ou une puissance, trop grande ?",
    RecursionError: "la fonction s'appelle elle-même sans jamais s'arrêter",
    NotImplementedError: "ce que vous appelez n'existe pas encore pour ce que vous lui donnez",
    StopIteration: "`next(…)` ne trouve plus rien : il n'y a pas, ou plus, d'élément à prendre",
    SyntaxError: "ce texte n'est pas du Python",
    SystemExit: "`exit()` et `quit()` arrêteraient tout le carnet : pour finir une fonction, c'est `return`",
    UnicodeError: "ces octets ne sont pas du texte dans cet encodage",
    WorkshopError: "une fonction de l'atelier refuse ce que vous lui donnez, et dit pourquoi",
    ValueError: "cette valeur ne convient pas",
    TypeError: "une opération ou une fonction n'a pas reçu ce qu'elle attend",
    ZeroDivisionError: "vous divisez par zéro",
    RuntimeError: "une bibliothèque refuse cette opération",
}

#: The words of Python for what a value is, and ours; with an article, which agrees.
KINDS = {
    "str": "un texte", "int": "un nombre", "float": "un nombre", "complex": "un nombre", "real number": "un nombre",
    "bool": "un booléen", "list": "une liste", "tuple": "un tuple", "dict": "un dictionnaire", "set": "un ensemble",
    "frozenset": "un ensemble", "bytes": "des octets",
    "generator": "un générateur", "function": "une fonction", "method": "une fonction",
    "builtin_function_or_method": "une fonction",
    "type": "une classe", "module": "un module", "Tensor": "un tenseur", "ndarray": "un tableau NumPy", "string": "un texte",
    "numpy.ndarray": "un tableau NumPy", "dict_keys": "une suite de clés", "dict_values": "une suite de valeurs",
}  # fmt: skip


#: What other languages, and spreadsheets, call what has another name here.
ELSEWHERE = {"ln": "log", "length": "len", "xrange": "range", "raw_input": "input", "unicode": "str", "push": "append",
             "null": "None", "true": "True", "false": "False", "average": "mean", "moyenne": "mean"}  # fmt: skip


def _named(word: str) -> str:
    return KINDS.get(word, f"un objet `{word}`")


#: What an exception means when its text says more than its class; the groups of the pattern are given to what retells it.
TEXTS: dict[str, str | Callable[..., str]] = {
    r"'(?:function|method|builtin_function_or_method|functools\._lru_cache_wrapper)' object (?:has no attribute|is not)": "c'est "
    "une fonction, et non ce qu'elle donne : il manque les parenthèses qui l'appellent",
    r"NoneType": "une valeur y est `None`, autrement dit rien : une recherche sans résultat, ou une fonction sans `return` ?",
    r"'tuple' and|and 'tuple'": "l'une des deux valeurs est un tuple : une virgule de trop, ou dans un nombre, dont les "
    "décimales s'écrivent avec un point ?",
    r"for \^|bitwise_xor": "`^` n'est pas la puissance en Python : c'est `**`",
    r"shapes cannot be multiplied|size of tensor|not aligned|could not be broadcast|matmul": "les formes de deux tableaux ne "
    "s'accordent pas (affichez leurs `.shape`)",
    r"can only concatenate (\w+) \(not \"([\w.]+)\"\)": lambda one, other: (
        f"`+` ne met bout à bout que des choses de même sorte, et voici {_named(one)} et {_named(other)}"
    ),
    r": 'int' and 'str'|: 'str' and 'int'": "un texte et un nombre ne s'additionnent pas",
    r"must be (real number|[\w.]+), not ([\w.]+)": lambda wanted, given: (
        f"on attend ici {_named(wanted)}, et voici {_named(given)}"
    ),
    r"'([\w.]+)' object is not an instance of '([\w.]+)'": lambda given, wanted: (
        f"on attend ici {_named(wanted)}, et voici {_named(given)}"
    ),
    r"unsupported operand type\(s\) for (.+?): '([\w.]+)' and '([\w.]+)'": lambda sign, left, right: (
        f"`{sign.split(' or ')[0]}` ne se fait pas entre {_named(left)} et {_named(right)}"
    ),
    r"'(.+?)' not supported between instances of '([\w.]+)' and '([\w.]+)'": lambda sign, left, right: (
        f"`{sign}` ne compare pas {_named(left)} et {_named(right)}"
    ),
    r"bad operand type for (?:unary )?(\S+?)(?:\(\))?: '([\w.]+)'": lambda sign, value: (
        f"`{sign}` ne s'applique pas à {_named(value)}"
    ),
    r"object is not callable": "des parenthèses derrière ce qui n'est pas une fonction : un `*` ou des crochets oubliés ?",
    r"'([\w.]+)' object is not subscriptable": lambda value: (
        f"des crochets derrière {_named(value)}, qui "
        + ("se lit avec un point : `objet.nom`" if value not in KINDS else "n'a pas d'éléments")
    ),
    r"'([\w.]+)' object is not iterable": lambda value: f"une boucle sur {_named(value)}, qui n'a pas d'éléments",
    r"'([\w.]+)' object does not support item (?:assignment|deletion)": lambda value: (
        f"{_named(value)} ne se change pas élément par élément : faites-en une nouvelle version"
    ),
    r"object of type '([\w.]+)' has no len": lambda value: f"`len` compte des éléments, et voici {_named(value)}",
    r"unhashable type: '([\w.]+)'": lambda value: (
        f"ni une clé de dictionnaire ni un élément d'ensemble ne peut être {_named(value)} : un tuple ou un texte le peut"
    ),
    r"\b(?!slice)(\w+) indices must be integers": lambda value: (
        f"entre crochets derrière {_named(value)}, il faut une place : un nombre entier"
    ),
    r"'([\w.]+)' object cannot be interpreted as an integer|slice indices must be integers": lambda value="float": (
        "il faut ici un nombre entier, sans décimales (`int(…)`, ou une division avec `//`)"
        if _named(value) == KINDS["float"]
        else f"on attend ici un nombre entier, et voici {_named(value)}"
    ),
    r"expected string or bytes-like object(?:, got '([\w.]+)')?": lambda value=None: (
        "on cherche un motif dans un texte" + (f", et voici {_named(value)}" if value else "")
    ),
    r"(\w+)\(\) got an unexpected keyword argument '(\w+)'": lambda name, given: (
        f"`{name}` ne connaît pas d'argument qui s'appelle `{given}`"
    ),
    r"'(\w+)' is an invalid keyword argument for (\w+)": lambda given, name: (
        f"`{name}` ne connaît pas d'argument qui s'appelle `{given}`"
    ),
    r"(\w+)\(\) missing \d+ required (?:positional|keyword-only) arguments?: '(\w+)'": lambda name, missing: (
        f"il manque à `{name}` son argument `{missing}`"
    ),
    r"(\w+)\(\) takes (?:from \d+ to )?(\w+) (?:positional )?arguments? (?:but|\()": lambda name, count: (
        f"`{name}` ne reçoit pas le bon nombre d'arguments" + (f" (elle en prend {count})" if count.isdigit() else "")
    ),
    r"only length-1 arrays|only 0-dimensional|[Oo]nly one element tensors": "cette fonction prend un seul nombre, et voici un "
    "tableau : NumPy (`np.`) et PyTorch (`torch.`) ont les leurs, qui prennent un tableau",
    r"truth value of an? \w+ with|Boolean value of Tensor": "un `if`, un `and` ou un `or` veut une seule réponse, oui ou non, et "
    "voici un tableau de réponses",
    r"not enough values to unpack \(expected (?:at least )?(\d+), got (\d+)\)": lambda names, values: (
        f"il y a {names} noms à remplir (à gauche d'un `=`, ou dans un `for`), pour {values} valeur{'s' * (int(values) > 1)}"
    ),
    r"too many values to unpack \(expected (\d+)": lambda names: (
        f"il y a {names} nom{'s' * (int(names) > 1)} à remplir (à gauche d'un `=`, ou dans un `for`), pour plus de valeurs"
    ),
    r"invalid literal for int|could not convert string to float": "ce texte ne se lit pas comme un nombre",
    r"substring not found|is not in list|x not in": "ce que l'on cherche ne s'y trouve pas",
    r"arg(?:ument)? is (?:an )?empty|zero-size array": "il n'y a ni plus grand ni plus petit quand il n'y a rien",
    r"math domain error|expected a positive input": "ce calcul n'existe pas pour ce nombre : le logarithme de 0, la racine "
    "carrée d'un négatif ?",
    r"math range error": MEANINGS[OverflowError],
}


def meaning(error: BaseException, function: Callable) -> str:
    """Return what an exception of an attendee's function means, in a few French words that follow « une erreur ; »."""
    if raised_on_purpose(error, function):
        refusal = "`assert`" if isinstance(error, AssertionError) else "`raise`"
        return f"c'est votre {refusal} qui refuse ces arguments, et ils sont pourtant permis"
    said = named_error(error)
    for pattern, text in TEXTS.items():
        if found := re.search(pattern, said):
            return text if isinstance(text, str) else text(*(part for part in found.groups() if part))
    if isinstance(error, NameError):
        return _of_name(error)
    if isinstance(error, AttributeError):
        return _of_attribute(error)
    known = next((text for family, text in MEANINGS.items() if isinstance(error, family)), None)
    if isinstance(error, IndexError) and shortens(function):
        return f"{known} : ce que l'on ôte d'une liste pendant qu'on la parcourt en décale la suite, et elle finit plus tôt"
    return known or f"`{type(error).__module__.partition('.')[0]}` l'appelle `{type(error).__name__}`"


def _of_name(error: NameError) -> str:
    if isinstance(error, UnboundLocalError):
        name = re.search(r"'(\w+)'", str(error))
        what = f"`{name[1]}` est lu" if name else "un nom est lu"
        return f"{what} avant d'avoir reçu une valeur dans la fonction : donnez-lui-en une au début"
    frame = _innermost(error)
    known = {*frame.f_locals, *frame.f_globals, *frame.f_builtins} if frame else set()
    why = _or_near(error.name or "", known) or "faute de frappe, variable ou `import` oublié ?"
    return f"le nom `{error.name}` n'existe pas ici : {why}"


def _of_attribute(error: AttributeError) -> str:
    if not error.name or error.obj is None:
        return "cet objet n'a pas l'attribut ou la méthode que vous lui demandez"
    what = f"le module `{error.obj.__name__}`" if isinstance(error.obj, ModuleType) else named_kind(error.obj)
    near = _or_near(error.name, set(dir(error.obj)))
    return f"{what} n'a rien qui s'appelle `{error.name}`" + (f" ; {near}" if near else "")


def _or_near(name: str, known: set[str]) -> str:
    if ELSEWHERE.get(name.lower()) in known:
        return f"en Python, c'est `{ELSEWHERE[name.lower()]}`"
    near = difflib.get_close_matches(name, sorted(one for one in known if not one.startswith("_")), n=1, cutoff=0.75)
    return f"vouliez-vous dire `{near[0]}` ?" if near else ""


def _innermost(error: BaseException) -> FrameType | None:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return trace.tb_frame if trace else None


def values_at(error: BaseException, function: Callable, args: tuple) -> str:
    """Return the values that the names of the guilty line had, except the arguments, which the card shows already."""
    line, names = guilty_line(error, function), _locals(error, function)
    if not line:
        return ""
    read = re.sub(r"^[\w\s,]+ = ", "", line[1])  # what is being given a value has an old one, or none
    words = dict.fromkeys(re.findall(r"(?<![\w.\"'])[^\W\d]\w*", read))
    shown = dict(zip(inspect.signature(function).parameters, map(short, args), strict=False))
    told = {word: short(names[word]) for word in words if word in names and _is_value(names[word])}
    return ", ".join([f"{word} = {value}" for word, value in told.items() if shown.get(word) != value][:VALUES])


def _locals(error: BaseException, function: Callable) -> Mapping[str, Any]:
    """Return the names, at the guilty line, of the innermost function of the attendee's."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    found: Mapping[str, Any] = {}
    trace = error.__traceback__
    while trace:
        if code and trace.tb_frame.f_code.co_filename == code.co_filename:
            found = trace.tb_frame.f_locals
        trace = trace.tb_next
    return found


def _is_value(value: Any) -> bool:
    return not (isinstance(value, (ModuleType, type)) or inspect.isroutine(value) or kind(value) == "un itérateur")
