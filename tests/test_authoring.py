"""From one source to the generated files, and the gate that tells when one of them is stale."""

import json
import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parent / "example_chapter"))

from example_exercises import EXERCISES

from workshop import cli
from workshop.backstage import chapters, notebooks, pages
from workshop.base.errors import WorkshopError
from workshop.base.settings import ROOT
from workshop.exercises import core

EXAMPLE = Path(__file__).parent / "example_chapter"
SOURCE, ATTENDEE, SOLUTION = "solutions/99_example.py", "notebooks/99_example.ipynb", "solutions/99_example.ipynb"


@pytest.fixture(scope="module", autouse=True)
def known_exercises():
    core.register(EXERCISES)
    yield
    for exercise in EXERCISES:
        core.REGISTRY.pop(exercise.id, None)


@pytest.fixture
def house(tmp_path) -> Path:
    """A copy of the example chapter, with a second chapter before it and everything fast written."""
    shutil.copytree(EXAMPLE, tmp_path / "house", ignore=shutil.ignore_patterns("__pycache__"))
    root = tmp_path / "house"
    before = '# %% [raw] tags=["front"]\n# title = "Un autre"\n# minutes = 1\n# goals = ["rien"]\n# bonus = true\n'
    (root / "solutions" / "98_before.py").write_text(before, encoding="utf-8")
    notebooks.write(root=root)
    return root


@pytest.fixture(scope="module")
def executed(tmp_path_factory) -> Path:
    """The same, executed once (and not to be changed: see :func:`copy_of`)."""
    root = tmp_path_factory.mktemp("executed") / "house"
    shutil.copytree(EXAMPLE, root, ignore=shutil.ignore_patterns("__pycache__"))
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(EXAMPLE)])
    try:
        assert notebooks.build(execute=True, root=root) == []
    finally:
        os.environ.pop("PYTHONPATH") if before is None else os.environ.update(PYTHONPATH=before)
    return root


@pytest.fixture
def copy_of(executed, tmp_path) -> Path:
    return Path(shutil.copytree(executed, tmp_path / "copy"))


def cells(path: Path) -> list:
    return nbformat.read(path, as_version=4).cells


def test_source_receives_the_code_of_the_package(house):
    text = (house / SOURCE).read_text(encoding="utf-8")
    for exercise in EXERCISES:
        assert exercise.source.strip() in text
    assert '@exercise("99.1")\ndef pairs(words: list[str]) -> list[str]:' in text
    assert "température = 0.5 + len(words) / 10  # un caractère accentué" in text
    notebooks.write(root=house)
    assert (house / SOURCE).read_text(encoding="utf-8") == text  # writing again changes nothing


def test_attendee_gets_blanks_and_no_answer(house):
    sources = [cell.source for cell in cells(house / ATTENDEE)]
    whole = "\n".join(sources)
    stub = next(source for source in sources if source.startswith('@exercise("99.1")'))
    assert stub.endswith('"""Return each word with the one that follows it: ``["a b", "b c"]``."""\n    ...')
    assert "température = ...  # un caractère accentué" in whole
    for secret in ("in pairwise", "# each word is read twice", "sum(len", "0.5 +", "donnerait la réponse"):
        assert secret not in whole
    assert 'hint("99.1", 2)' in whole
    assert "progress_line(99)" in whole
    assert whole.count("### Exercice 99.1 · Des mots deux par deux\n\n★☆☆ · 4 min · *un modèle apprend ce qui suit quoi*") == 1
    assert "### Exercice 99.2 · Une longueur moyenne\n\n★★☆ · 3 min · bonus" in whole
    assert "quoi*\n\nUn mot annonce" in whole
    assert whole.index("Exercice 99.1") < whole.index("Un mot annonce") < whole.index("def pairs")


def test_attendee_notebook_has_no_output_and_stable_ids(house):
    book = nbformat.read(house / ATTENDEE, as_version=4)
    nbformat.validate(book)
    assert all(not cell.outputs and cell.execution_count is None for cell in book.cells if cell.cell_type == "code")
    assert len({cell.id for cell in book.cells}) == len(book.cells)
    assert {tag for cell in book.cells for tag in cell.metadata.get("tags", ())} == {"exercise"}
    assert book.metadata.kernelspec.name == "python3"
    assert any(cell.metadata.get("slideshow") == {"slide_type": "slide"} for cell in book.cells[2:])
    ids = [cell.id for cell in book.cells]
    source = house / SOURCE
    source.write_text(source.read_text(encoding="utf-8").replace("Voilà tout.", "Voilà."), encoding="utf-8")
    notebooks.write(root=house)
    now = [cell.id for cell in cells(house / ATTENDEE)]
    assert len([1 for old, new in zip(ids, now, strict=True) if old != new]) == 1  # only the cell that changed


def test_head_is_made_from_the_front_block(house):
    head = cells(house / ATTENDEE)[0].source
    assert head.startswith("# 99 · Un exemple\n")
    assert "romans → texte propre → **phrases** → **tokens** → réseau → texte généré" in head
    assert "**9 min**" in head
    assert "[← 98 · Un autre](98_before.ipynb)" in head
    assert "https://colab.research.google.com/github/someone/somewhere/blob/v1.2.3/notebooks/99_example.ipynb" in head
    assert "- former des paires de mots" in head
    assert "![" not in head and "<img" not in head  # a picture from the network is a broken one where there is none
    first = cells(house / "notebooks" / "98_before.ipynb")
    assert "[99 · Un exemple →](99_example.ipynb)" in first[0].source and "bonus" in first[0].source
    assert first[-1].source == "**Chapitre suivant**\u00a0: [99 · Un exemple](99_example.ipynb)"


def test_setup_cell_is_plain_python_that_knows_colab(house):
    setup = cells(house / ATTENDEE)[1].source
    compile(setup, "setup", "exec")
    assert "--branch v1.2.3 https://github.com/someone/somewhere" in setup
    assert "colab.prepare()" in setup  # what it does: test_colab.py
    assert len(setup.splitlines()) <= 25


def test_readme_table(house):
    text = (house / "README.md").read_text(encoding="utf-8")
    goals = "former des paires de mots\u00a0; choisir un réglage"
    assert f"| [99 · Un exemple](notebooks/99_example.ipynb) | 9 min | {goals} |" in text
    assert "| [98 · Un autre](notebooks/98_before.ipynb) (bonus) | 1 min |" in text
    assert "| Chapitre | Durée |" in text


def test_executed_solution(executed):
    assert notebooks.build(check=True, root=executed) == []
    book = nbformat.read(executed / SOLUTION, as_version=4)
    nbformat.validate(book)
    said = json.dumps([cell.get("outputs") for cell in book.cells], ensure_ascii=False)
    assert said.count("✅ Exercice") == 3 and "❌" not in said
    assert "Exercices réussis" in said and "2 sur 2, 1 sur 1 en bonus" in said
    assert any("donnerait la réponse" in cell.source for cell in book.cells)
    assert all("nbval-check-output" in cell.metadata.tags for cell in book.cells if "exercise" in cell.metadata.get("tags", ()))
    assert not any("execution" in cell.metadata for cell in book.cells)
    assert set(book.metadata) == {"kernelspec", "language_info", "rise", "workshop"}


def test_executing_twice_gives_the_same_file(executed, copy_of, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(EXAMPLE)]))
    (copy_of / SOLUTION).unlink()
    assert any("à exécuter" in line for line in notebooks.write(root=copy_of))
    assert notebooks.write(execute=True, root=copy_of) == []
    assert (copy_of / SOLUTION).read_bytes() == (executed / SOLUTION).read_bytes()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (SOURCE, "sum(len(word)", "sum(1 + len(word)"),
        (SOURCE, "former des paires", "former deux paires"),
        (ATTENDEE, "À vous", "À toi"),
        (ATTENDEE, "v1.2.3", "v1.2.4"),
        (ATTENDEE, '"outputs": []', '"outputs": [{"name": "stdout", "output_type": "stream", "text": ["x"]}]'),
        (SOLUTION, "À vous", "À toi"),
        (SOLUTION, "le petit", "un petit"),
        (SOLUTION, "'âne gris'", "'âne vert'"),
        (SOLUTION, "bravo", "hourra"),
        ("README.md", "9 min", "8 min"),
        ("pyproject.toml", "someone", "nobody"),
    ],
)
def test_gate_fails_when_a_file_is_changed_by_hand(copy_of, file, old, new):
    path = copy_of / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert notebooks.build(check=True, root=copy_of) != []
    assert path.read_text(encoding="utf-8") == text.replace(old, new, 1)  # checking writes nothing


def test_gate_sees_missing_and_orphan_files(copy_of):
    (copy_of / ATTENDEE).rename(copy_of / "notebooks" / "12_old.ipynb")
    assert notebooks.build(check=True, root=copy_of) == [ATTENDEE, "notebooks/12_old.ipynb (sans source)"]


def test_prose_changes_without_executing_again(copy_of):
    source = copy_of / SOURCE
    source.write_text(source.read_text(encoding="utf-8").replace("Voilà tout.", "C'est tout."), encoding="utf-8")
    assert notebooks.write(root=copy_of) == []
    assert "C'est tout." in (copy_of / SOLUTION).read_text(encoding="utf-8")
    assert "✅" in (copy_of / SOLUTION).read_text(encoding="utf-8")


def test_changed_code_asks_for_execution(copy_of):
    source = copy_of / SOURCE
    source.write_text(source.read_text(encoding="utf-8").replace("print(words)", "print(len(words))"), encoding="utf-8")
    assert notebooks.write(root=copy_of) == [f"{SOLUTION} (à exécuter : python -m workshop build --execute)"]


@pytest.mark.parametrize("options", [[], ["--check"]])
def test_the_command_fails_as_long_as_a_file_is_stale(copy_of, monkeypatch, capsys, options):
    monkeypatch.setattr(notebooks, "build", partial(notebooks.build, root=copy_of))
    assert cli.main(["build", *options]) == 0 and capsys.readouterr().out == ""
    source = copy_of / SOURCE
    source.write_text(source.read_text(encoding="utf-8").replace("print(words)", "print(len(words))"), encoding="utf-8")
    assert cli.main(["build", *options]) == 1
    assert f"périmé : {SOLUTION} (à exécuter" in capsys.readouterr().out.replace("\u00a0", " ")


def test_execution_refuses_a_wrong_solution_and_a_path_of_this_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(EXAMPLE)]))
    (tmp_path / "solutions").mkdir()

    def book(source, tags=()):
        return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})])

    with pytest.raises(WorkshopError, match="n’obtient pas ✅"):
        notebooks.executed(book("print('❌')", ["exercise"]), tmp_path / "solutions")
    with pytest.raises(WorkshopError, match="chemin de cette machine"):
        notebooks.executed(book("from pathlib import Path\nprint(Path.cwd())"), tmp_path / "solutions")


def test_an_unknown_block_is_refused(house):
    (house / "README.md").write_text("<!-- begin: rien -->\n<!-- end: rien -->\n", encoding="utf-8")
    with pytest.raises(WorkshopError, match="rien"):
        notebooks.stale(house)


def test_a_block_can_be_registered(house, monkeypatch):
    monkeypatch.setattr(pages, "BLOCKS", dict(pages.BLOCKS))
    pages.block("hello")(lambda root: f"{root.name}\n")
    (house / "README.md").write_text("<!-- begin: hello -->\nold\n<!-- end: hello -->\n", encoding="utf-8")
    notebooks.write(root=house)
    assert (house / "README.md").read_text(encoding="utf-8") == "<!-- begin: hello -->\nhouse\n<!-- end: hello -->\n"


@pytest.mark.parametrize(
    ("front", "message"),
    [
        ('# title = "T"\n# minutes = 3', "goals"),
        ('# title = "T"\n# minutes = 3\n# goals = []\n# step = "lune"', "lune"),
    ],
)
def test_front_block_is_judged(front, message):
    with pytest.raises(WorkshopError, match=message):
        _ = chapters.Chapter("99_x", f'# %% [raw] tags=["front"]\n{front}\n').front
    with pytest.raises(WorkshopError, match="front"):
        _ = chapters.Chapter("99_x", "# %%\n1\n").front


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1", "pas d’exercice"),
        ('@exercise("99.1")\ndef other(words):\n    """D."""\n    ...', "other"),
        ('@exercise("99.8")\ndef pairs(words): ...', r"99\.8"),
    ],
)
def test_exercise_cells_are_judged(source, message):
    with pytest.raises(WorkshopError, match=message):
        chapters.find_blank(source)


@pytest.mark.parametrize(
    ("source", "filled", "stub"),
    [
        ('t = answer("99.3", 1)', 't = answer("99.3", 0.5 + len(words) / 10)', 't = answer("99.3", ...)'),
        ('é = (\n    1\n)\né = answer("99.3", é)', 'é = (\n    0.5 + len(words) / 10\n)\né = answer("99.3", é)', None),
        ('t = 1\nt = answer("99.3", t)', 't = 0.5 + len(words) / 10\nt = answer("99.3", t)', 't = ...\nt = answer("99.3", t)'),
    ],
)
def test_value_cells(source, filled, stub):
    assert chapters.find_blank(source).filled(source) == filled
    if stub:
        assert chapters.find_blank(source).stub(source) == stub


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["solutions", "notebooks"])
def test_nbval_accepts_both_notebooks(copy_of, folder, tmp_path):
    path = os.pathsep.join([str(ROOT), str(EXAMPLE)])
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "-q", "-p", "no:cacheprovider", str(copy_of / folder)]
    environment = dict(os.environ, PYTHONPATH=path, WORKSHOP_OUTPUTS=str(tmp_path / "outputs"), WORKSHOP_QUIET="1")
    done = subprocess.run(command, env=environment, cwd=copy_of, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout
    if folder == "solutions":
        changed = copy_of / SOLUTION
        changed.write_text(changed.read_text(encoding="utf-8").replace("âne gris", "âne vert"), encoding="utf-8")
        assert subprocess.run(command, env=environment, cwd=copy_of, capture_output=True).returncode == 1


def test_solution_runs_as_a_script(executed, tmp_path):
    path = os.pathsep.join([str(ROOT), str(EXAMPLE)])
    environment = dict(os.environ, PYTHONPATH=path, WORKSHOP_OUTPUTS=str(tmp_path), PYTHONIOENCODING="utf-8")
    done = subprocess.run([sys.executable, executed / SOURCE], env=environment, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("✅") == 3


def test_text_stays_on_its_side_of_what_is_displayed():
    import nbformat.v4 as v4

    def text(said):
        return v4.new_output("stream", name="stdout", text=said)

    picture = v4.new_output("display_data", {"text/plain": "une image"})
    cell = v4.new_code_cell("…", outputs=[text("avant "), text("l’image\n"), picture, text("après\n")])
    notebooks._merge_streams(cell)
    assert [output.get("text") for output in cell.outputs] == ["avant l’image\n", None, "après\n"]


def test_what_is_edited_while_a_chapter_runs_stays(house, monkeypatch):
    """A chapter runs for minutes: what an author writes meanwhile is not put back to what it was."""

    edits = iter(["\n# %%\n1 + 1\n"])  # during the first chapter that runs, in the second

    def while_it_runs(book, folder):
        (house / SOURCE).write_text((house / SOURCE).read_text(encoding="utf-8") + next(edits, ""), encoding="utf-8")
        return notebooks._dumps(notebooks._sealed(book, notebooks._results(book)))

    monkeypatch.setattr(notebooks, "executed", while_it_runs)
    assert notebooks.write(execute=True, root=house) == [ATTENDEE], "to be made from the source as it is now"
    assert (house / SOURCE).read_text(encoding="utf-8").endswith("1 + 1\n")


@pytest.mark.parametrize("page", ["README.md", "README.fr.md"])
def test_every_link_of_a_start_page_leads_somewhere_and_its_pictures_are_light_and_told_in_words(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for words, place in re.findall(r"!\[(.*?)\]\((.+?)\)", text):
        assert len(words) > 40 and (ROOT / place).stat().st_size < 200_000, place
    for address in re.findall(r"\]\((?!https?:)(.+?)\)", text):
        path, _, heading = address.partition("#")
        assert not path or (ROOT / path).exists(), address
        if heading:
            headings = re.findall(r"(?m)^#+ (.+)$", (ROOT / (path or page)).read_text(encoding="utf-8"))
            assert heading in [re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings], address
