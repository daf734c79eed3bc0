"""From PDF to passages: what extraction has to undo, and files that are none of what they should be."""

import io
import time

import pytest
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter

from workshop.assistant import documents, pairs
from workshop.base.errors import WorkshopError

MANUAL = pairs.press() / "manual.pdf"


def _pdf(*pages, header="", font="helvetica"):
    pdf = FPDF()
    for number, text in enumerate(pages, 1):
        pdf.add_page()
        pdf.set_font(font, size=12)
        if header:
            pdf.cell(0, 8, header, new_x="LMARGIN", new_y="NEXT")
        pdf.multi_cell(0, 8, text, new_x="LMARGIN", new_y="NEXT")
        if header:
            pdf.cell(0, 8, f"- {number} -")
    return bytes(pdf.output())


@pytest.fixture
def save(tmp_path):
    def save(data):
        path = tmp_path / "notice.pdf"
        path.write_bytes(data)
        return path

    return save


def test_pages_of_a_plain_pdf(save):
    path = save(_pdf("Le four chauffe.", "Il refroidit."))
    assert [page.strip() for page in documents.read_pages(path)] == ["Le four chauffe.", "Il refroidit."]
    found = documents.read_document(path)
    assert found == [documents.Passage("Le four chauffe. Il refroidit.", 1, 2, source="notice.pdf")]
    assert found[0].quoted() == "«\u00a0Le four chauffe. Il refroidit.\u00a0» (notice.pdf, pages\u00a01 et 2)"


def _locked(password):
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(_pdf("Le four chauffe."))))
    writer.encrypt(password, "owner", algorithm="RC4-128")
    return _bytes(writer)


def _locked_with_aes():
    """A file that asks for no password, and says that it is encrypted with AES, which pypdf alone does not read."""
    filters = b"/V 4\n/CF <<\n/StdCF <<\n/CFM /AESV2\n/AuthEvent /DocOpen\n/Length 16\n>>\n>>\n/StmF /StdCF\n/StrF /StdCF"
    return _locked("").replace(b"/V 2", filters).replace(b"/R 3", b"/R 4")


def _bytes(writer):
    data = io.BytesIO()
    writer.write(data)
    return data.getvalue()


def _blank():
    writer = PdfWriter()
    for _ in range(3):
        writer.add_blank_page(200, 200)
    return _bytes(writer)


WHOLE = _pdf("Le four chauffe.")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "est vide"),
        (b"Le four chauffe.", "n’est pas un PDF"),
        (b"PK\x03\x04 un document de traitement de texte", "n’est pas un PDF"),
        (b"<html>Le four %PDF", "n’est pas un PDF"),
        (_locked("secret"), "mot de passe"),
        (_locked_with_aes(), "sans protection"),
        (_blank(), "pas de texte"),
        (_bytes(PdfWriter()), "aucune page"),
        (b"%PDF-1.7\n", "abîmé"),
        (b"%PDF-1.7\n%%EOF\n", "abîmé"),
        (WHOLE[: len(WHOLE) // 3], "abîmé"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 40, "abîmé"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(save, data, said):
    with pytest.raises(WorkshopError) as error:
        documents.read_pages(save(data))
    assert said in str(error.value) and "notice.pdf" in str(error.value) and "\n" not in str(error.value)


def test_a_lock_that_asks_nobody_for_a_password_is_no_obstacle(save):
    assert documents.read_pages(save(_locked("")))[0].strip() == "Le four chauffe."


def test_no_cut_of_a_pdf_lets_an_exception_through(save):
    data = MANUAL.read_bytes()
    for share in range(1, 20):
        try:
            documents.read_pages(save(data[: len(data) * share // 20]))
        except WorkshopError:
            continue


def test_a_scanned_page_beside_pages_of_text_is_no_fault(save):
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(WHOLE)))
    writer.add_blank_page(200, 200)
    assert documents.read_document(save(_bytes(writer)))[0].text == "Le four chauffe."


def test_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "absent.pdf", tmp_path):
        with pytest.raises(WorkshopError, match="ne s’ouvre pas"):
            documents.read_pages(path)


def test_the_running_header_and_the_page_number_go_and_nothing_else():
    pages = [
        f"Manuel du four\nLa page {word} parle.\nElle en a {n * n}.\nLa {word} finit.\n– {n} –"
        for n, word in enumerate("abcd", 7)
    ]
    assert documents.without_running_lines(pages) == [
        [f"La page {word} parle.", f"Elle en a {n * n}.", f"La {word} finit."] for n, word in enumerate("abcd", 7)
    ]


def test_headers_that_alternate_go_too():
    pages = [
        f"{'Le four' if n % 2 else 'Chapitre deux'}\nTexte de la page {word}.\nSuite.\nFin {word}.\n{n}"
        for n, word in enumerate("abcdef")
    ]
    assert all("Le four" not in page and "Chapitre deux" not in page for page in documents.without_running_lines(pages))


def test_a_single_page_keeps_everything_but_nothing_repeats_there():
    assert documents.without_running_lines(["Titre\nTexte.\n1"]) == [["Titre", "Texte.", "1"]]


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["le coulis-", "seau descend"], "le coulisseau descend"),
        (["à la Saint-", "Éloi"], "à la Saint-Éloi"),
        (["demande-t-", "il"], "demande-t-il"),
        (["celui-", "ci"], "celui-ci"),
        (["de 1846-", "1850"], "de 1846-1850"),
        (["la vis", "tourne"], "la vis tourne"),
        (["une liste -", "suite"], "une liste - suite"),
    ],
)
def test_cut_words_are_joined_and_true_hyphens_kept(lines, text):
    assert "".join(documents.join(lines)).strip() == text


def test_a_word_cut_from_one_page_to_the_next_is_whole():
    pages = ["Notice\n1. Le four\n1.1 Le cou-\n1", "Notice\nvercle est lourd.\n2"]
    assert documents.passages(pages) == [documents.Passage("Le couvercle est lourd.", 1, 2, "1. Le four", "1.1")]


def test_a_year_at_the_head_of_a_line_is_no_heading():
    pages = ["1. Le four\n1.1 Il fut construit en\n1846. Il a servi vingt ans.\n2. Le seau\n2.1 Il est plein."]
    assert [(one.section, one.text) for one in documents.passages(pages)] == [
        ("1. Le four", "Il fut construit en 1846. Il a servi vingt ans."),
        ("2. Le seau", "Il est plein."),
    ]


def test_a_long_document_without_headings_is_cut_between_sentences_and_in_time():
    words = ("un", "deux", "trois", "quatre", "cinq", "six", "sept")

    def line(number):
        said = " ".join(words[int(digit) % 7] + digit for digit in str(number))
        return f"Le four {said} chauffe bien et la cave reste froide tout au long de cette année."

    pages = ["\n".join(line(30 * page + place) for place in range(30)) for page in range(400)]
    start = time.perf_counter()
    found = documents.passages(pages)
    assert time.perf_counter() - start < 10
    assert all(len(one.text.split()) <= documents.WORDS and one.text.endswith(".") for one in found)
    assert sum(one.text.count("chauffe") for one in found) == 30 * 400
    assert found[0].page == 1 and found[-1].last_page == 400


def test_ligatures_are_undone(save):
    pages = documents.read_pages(MANUAL)
    raw = "".join(page.extract_text() for page in PdfReader(MANUAL).pages)
    assert "\ufb01" in raw and "\ufb02" not in "".join(pages) and "\ufb01" not in "".join(pages)
