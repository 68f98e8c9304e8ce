"""The recorded values are what the other frameworks give today: each script recorded anew."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted((ROOT / "tests" / "golden").glob("record_*.py"))


@pytest.mark.slow  # needs PyTorch and JAX, and fails without them
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_record_made_anew_holds_the_same_numbers(script, tmp_path):
    again = shutil.copy(script, tmp_path)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, again], cwd=tmp_path, env=env, check=True)
    made = sorted(tmp_path.glob("*.npz"))
    assert made
    for path in made:
        found, recorded = np.load(path), np.load(script.with_name(path.name))
        assert set(found) == set(recorded)
        for name in found:
            if found[name].dtype.kind in "fc":
                close = dict(rtol=1e-10, atol=1e-10)
                np.testing.assert_allclose(found[name], recorded[name], **close, strict=True)
            else:
                np.testing.assert_array_equal(found[name], recorded[name], strict=True)


def test_every_record_has_its_script():
    texts = "".join(path.read_text() for path in SCRIPTS)
    assert SCRIPTS
    assert all(path.name in texts for path in (ROOT / "tests" / "golden").glob("*.npz"))
