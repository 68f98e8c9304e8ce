"""Turn scikit-learn's diabetes data into one table: 442 patients, 10 raw features and the target.

    python make_diabetes.py diabetes

Needs scikit-learn. The values are the raw ones, written as scikit-learn stores them; standardising
is left to `knetpy.datasets.diabetes`.
"""

import gzip
import sys
from importlib import metadata
from pathlib import Path

from sklearn.datasets import load_diabetes


def main(target: Path) -> None:
    raw = load_diabetes(scaled=False)
    rows = [",".join([*raw.feature_names, "target"])]
    for x, y in zip(raw.data, raw.target, strict=True):
        rows.append(",".join(f"{value:g}" for value in [*x, y]))
    target.mkdir(parents=True, exist_ok=True)
    with (
        open(target / "diabetes.csv.gz", "wb") as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as table,
    ):
        table.write("\n".join(rows).encode() + b"\n")
    licence = next(p for p in metadata.files("scikit-learn") or () if p.name == "COPYING")
    own_text, *_ = licence.read_text().split("\n----\n")  # a wheel adds those of its libraries
    (target / "LICENSE.scikit-learn").write_text(own_text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
