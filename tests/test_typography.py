"""One spelling for all books: the same for Python and for the tokenizer, and a way back for readers."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from workshop.base.typography import normalise, typeset
from workshop.tokens import french_normalizer

NORMALIZER = french_normalizer()

#: What books are made of, with a good share of what the rules look at.
BOOKISH = st.text(
    st.sampled_from("aeilouéŒœOEUſ<>.…'’‘ʼ-–—―«»“”;:!?,()12 \t\n\u00a0\u202f\u2009\u00ad\u200b\ufeff\u0301")
    | st.characters(max_codepoint=0xFFFF, exclude_categories=("Cs", "Cn", "Co")),
    max_size=40,
)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("--L'oeil, dit-il!", "—L'œil, dit-il!"),
        ("— L’œil, dit-il !", "—L'œil, dit-il!"),
        ("“Bonjour” ...", "«Bonjour» …"),
        ("« Bonjour », dit–elle ; et puis ?", "«Bonjour», dit—elle; et puis?"),
        ("Le coeur, la SOEUR, le boeuf.", "Le cœur, la SŒUR, le bœuf."),
        ("la moelle, le poète, coexister", "la moelle, le poète, coexister"),
        ("cafe\u0301, cou\u00adpé, \ufeffici", "café, coupé, ici"),
        ("deux  espaces\u00a0et\tdes lignes\r\n\nintactes", "deux espaces et des lignes\r\n\nintactes"),
        ("<<Oui>>, dit-il.", "«Oui», dit-il."),
        ("<< Oui >>, << non >>", "«Oui», «non»"),
        ("Il attendit. . . . Puis . . . rien. .", "Il attendit… Puis … rien. ."),
        ("Sa ſœur, la meſſe", "Sa sœur, la messe"),
        (
            "la ﬁlle, l’oﬃce, l’aﬀaire, une ﬂeur, le souﬄe, e\ufb05, a\ufb06re",
            "la fille, l'office, l'affaire, une fleur, le souffle, est, astre",
        ),
        ("Oui\u2007! Un\u2003mot,\u2002\u3000un\u205fautre\u2060.", "Oui! Un mot, un autre."),
        ("l′eau, quatre\u2011vingts, peut\u2010être, \u200eoui", "l'eau, quatre-vingts, peut-être, oui"),
        ("", ""),
    ],
)
def test_normalise_spells_in_one_way(printed, expected):
    assert normalise(printed) == expected
    assert NORMALIZER.normalize_str(printed) == expected


@settings(max_examples=300, deadline=None)
@given(BOOKISH)
@example("e\u200b\u0301")  # an accent behind a hidden character
@example("– –")
def test_normalise_twice_is_normalise_once_and_the_tokenizer_agrees(text):
    once = normalise(text)
    assert normalise(once) == once
    assert NORMALIZER.normalize_str(text) == once


@pytest.mark.slow
def test_the_real_books(book_folder):
    for path in sorted(book_folder.glob("*.txt")):
        text = path.read_bytes().decode("utf-8-sig" if path.stem.endswith("-0") else "latin-1")
        once = normalise(text)
        assert normalise(once) == once, path.name
        assert NORMALIZER.normalize_str(text) == once, path.name
        assert normalise(typeset(once)) == once, path.name


@pytest.mark.parametrize(
    ("normalised", "expected"),
    [
        ("—L'œil, dit-il!", "—\u00a0L’œil, dit-il\u202f!"),
        ("Il dit: «Viens!» et partit.", "Il dit\u00a0: «\u00a0Viens\u202f!\u00a0» et partit."),
        ("Quoi?! fit-elle; bon.", "Quoi\u202f?! fit-elle\u202f; bon."),
        ("L'âne—le pauvre—but.—«Encore?»", "L’âne —\u00a0le pauvre —\u00a0but. —\u00a0«\u00a0Encore\u202f?\u00a0»"),
        ("À 12:30, voir http://exemple.fr", "À 12:30, voir http://exemple.fr"),
        ("«\nUn vers\n»\nUn mot\n!", "«\u00a0\nUn vers\n\u00a0»\nUn mot\n!"),
    ],
)
def test_typeset_sets_like_a_printer(normalised, expected):
    assert typeset(normalised) == expected


@settings(max_examples=300, deadline=None)
@given(BOOKISH)
def test_typeset_is_stable_and_normalise_undoes_it(text):
    normalised = normalise(text)
    printed = typeset(normalised)
    assert typeset(printed) == printed
    assert normalise(printed) == normalised
    assert printed.count("\n") == text.count("\n")
