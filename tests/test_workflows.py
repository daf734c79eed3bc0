"""What runs on GitHub: actions that nobody can replace behind our back, with no more rights than they need."""

import re

import pytest

from workshop.base.settings import ROOT
from workshop.machine.environment import TORCH_CPU

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_by_commit_and_keep_no_credentials(path):
    text = path.read_text(encoding="utf-8")
    used = re.findall(r"uses: (.+)", text)
    assert used and all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in used), used
    assert text.count("persist-credentials: false") == len([one for one in used if one.startswith("actions/checkout@")])
    assert "\npermissions:\n  contents: read\n" in text


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_torch_comes_without_cuda_and_no_variable_has_to_be_set(path):
    text = path.read_text(encoding="utf-8")
    assert f"PIP_EXTRA_INDEX_URL: {TORCH_CPU} #" in text and "${{ vars." not in text


def test_an_action_has_one_commit_in_all_workflows():
    used = {line for path in WORKFLOWS for line in re.findall(r"uses: (.+)", path.read_text(encoding="utf-8"))}
    assert len(used) == len({line.partition("@")[0] for line in used})


def test_the_newest_versions_are_those_of_all_that_the_tests_import():
    """``requirements.txt`` is compiled from the same extras: a test that lacks a package would break the whole run."""
    compiled = (ROOT / "Makefile").read_text(encoding="utf-8")
    installed = re.search(
        r"--editable \"\.\[([\w,]+)\]\"", (ROOT / ".github" / "workflows" / "newest.yml").read_text(encoding="utf-8")
    )
    assert installed and set(installed[1].split(",")) == set(re.findall(r"--extra (\w+)", compiled))
