"""The command line: `python -m knetpy coverage` prints docs/coverage.md."""

import subprocess
import sys
from pathlib import Path

import pytest

from knetpy.__main__ import main

ROOT = Path(__file__).parent.parent


def test_coverage_is_printed():
    command = [sys.executable, "-m", "knetpy", "coverage"]
    shown = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert shown.stdout.startswith("# What can be differentiated\n")
    assert "| `numpy.exp` | x | any | yes | yes |" in shown.stdout


def test_an_unknown_word_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["covrage"])
    assert "invalid choice: 'covrage'" in capsys.readouterr().err
