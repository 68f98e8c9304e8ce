"""Every Python block of the README and of docs/ runs, and prints what its comments say."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SHOWN = re.compile(r"^# (.*)|^\s*print\(.*\)\s+# (.*)$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_of_a_page_run_and_print_what_they_say(page, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "page"}
    for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL):
        exec(compile(block, str(page), "exec"), names)
        said = ["".join(found) for found in SHOWN.findall(block)]
        printed = capsys.readouterr().out.splitlines()
        assert not said or printed == said


def test_the_readme_has_blocks():
    assert "```python" in PAGES[0].read_text()


def test_lenet_takes_at_most_fifteen_lines():
    section = (ROOT / "README.md").read_text().split("## LeNet on MNIST")[1]
    block = re.search(r"```python\n(.*?)```", section, re.DOTALL)[1]
    assert len([line for line in block.splitlines() if line.strip()]) <= 15
