"""The texts of the one-file page: all in fr.json, all used, and spelt as a French printer would."""

import json
import re
from pathlib import Path

import pytest

import workshop.page
from workshop.base.typography import typeset

HERE = Path(workshop.page.__file__).parent
TEXTS = json.loads((HERE / "fr.json").read_text(encoding="utf-8"))
TEMPLATE = (HERE / "page.html").read_text(encoding="utf-8")
SCRIPTS = [HERE / name for name in re.findall(r"<!-- script: (\S+) -->", TEMPLATE)]
SOURCES = {path.name: path.read_text(encoding="utf-8") for path in SCRIPTS}
SENTENCES = [text for value in TEXTS.values() for text in ([value] if isinstance(value, str) else value)]


def _patterns() -> list[str]:
    """Return what may name a text: quoted strings, keys of page.html, and « `setting.${name}` » with any name."""
    found = [re.escape(key) for key in re.findall(r"\{\{([\w.-]+)\}\}", TEMPLATE)]
    for source in SOURCES.values():
        found += [re.escape(key) for key in re.findall(r'"([\w.-]+)"', source)]
        found += [re.escape(key) for key in re.findall(r"texts\.(\w+)", source)]
        found += [re.escape(key) + r"\.s" for key in re.findall(r'Words\.count\(\s*"([\w.-]+)"', source)]
        names = re.findall(r"`([a-z]+\.)\$\{[\w.]+\}((?:\.[a-z]+)?)`", source)
        found += [re.escape(start) + r"\w+" + re.escape(end) for start, end in names]
    return found


def test_every_text_is_used_and_every_text_used_is_there():
    patterns = _patterns()
    unused = [key for key in TEXTS if not any(re.fullmatch(pattern, key) for pattern in patterns)]
    assert unused == []
    asked = set(re.findall(r"\{\{([\w.-]+)\}\}", TEMPLATE))
    for source in SOURCES.values():
        asked |= set(re.findall(r'Words\.say\(\s*"([\w.-]+)"', source))
        asked |= {f"{key}{end}" for key in re.findall(r'Words\.count\(\s*"([\w.-]+)"', source) for end in ("", ".s")}
    assert asked - set(TEXTS) == set()


def test_no_sentence_is_written_in_the_scripts():
    for name, source in SOURCES.items():
        code = re.sub(r"//.*|/\*[\s\S]*?\*/", "", source)
        assert re.findall(r"""["'`][^"'`\n]*[A-Za-zÀ-ÿ]{2,} [a-zà-ÿ]{2,} [a-zà-ÿ]{2,}[^"'`\n]*["'`]""", code) == [], name


@pytest.mark.parametrize("sentence", SENTENCES)
def test_french_typography(sentence):
    assert "'" not in sentence and '"' not in sentence and "..." not in sentence and "  " not in sentence
    assert not re.search(r"\w[;!?]|\d %|«\S|\S»|\w: ", typeset(sentence)), sentence
    assert typeset(typeset(sentence)) == typeset(sentence)


def test_scripts_are_short_enough_to_be_read():
    assert len(SCRIPTS) == len(set(SCRIPTS)) > 5
    for name, source in SOURCES.items():
        lines = source.splitlines()
        assert len(lines) <= 300 and max(map(len, lines)) <= 140, name
