"""Data sets as NumPy arrays: `mnist`, `fashion_mnist`, `diabetes`, and the IDX reader behind them.

`SHIPPED` is the folder of the data that comes with the package: `mnist(SHIPPED)` gives the same
digits on every machine, whatever else is installed. Nothing here downloads anything.
"""

import gzip
import io
import logging
import math
import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
SHIPPED = HERE / "_data" if (HERE / "_data").is_dir() else HERE.parent / "data"

__all__ = ["SHIPPED", "DataFileError", "diabetes", "fashion_mnist", "mnist", "read_idx"]

type_codes = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
gzip_magic = b"\x1f\x8b"
log = logging.getLogger(__name__)

PathLike = str | os.PathLike[str]
Part = tuple[NDArray[np.float32], NDArray[np.int64]]


class DataFileError(ValueError):
    """A data file that does not hold what it should; the message says where, what, and what to do.

    >>> raise DataFileError("a.gz: expected 784 bytes, found 783; fetch the file again")
    Traceback (most recent call last):
    knetpy.datasets.DataFileError: a.gz: expected 784 bytes, found 783; fetch the file again
    """


def mnist(root: PathLike | None = None) -> tuple[Part, Part]:
    """The MNIST digits, as the pair `(xtrn, ytrn), (xtst, ytst)`.

    Taken from the first place that holds them: `root/mnist` or `root`, `$KNETPY_DATA/mnist`, the
    user's cache `~/.cache/knetpy/mnist`, and last the 9,000 + 1,000 digits in `SHIPPED`. The logger
    `knetpy.datasets` says which: at INFO, or at WARNING where `root` or `$KNETPY_DATA` failed.

    Shapes:  x (images, 1, 28, 28), float32 in [0, 1]; y (images,), int64 in 0..9
    Raises:  DataFileError if a file is damaged, FileNotFoundError if one of the four is missing

    >>> (xtrn, ytrn), (xtst, ytst) = mnist(SHIPPED)
    >>> xtrn.shape, ytst[:5]
    ((9000, 1, 28, 28), array([2, 6, 6, 7, 0]))
    """
    return _four_files("mnist", root, SHIPPED / "mnist", "Reinstall knetpy, which ships digits")


def fashion_mnist(root: PathLike | None = None) -> tuple[Part, Part]:
    """The Fashion-MNIST pictures, as `mnist` gives its digits: 60,000 to train and 10,000 to test.

    Looks in `root/fashion-mnist` or `root`, `$KNETPY_DATA/fashion-mnist`, the user's cache, and the
    folder of Debian's package `dataset-fashion-mnist`. Nothing of it is shipped.

    Shapes:  x (images, 1, 28, 28), float32 in [0, 1]; y (images,), int64 in 0..9
    Raises:  FileNotFoundError that lists the places if none holds it, else as `mnist`
    Source:  Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747

    >>> fashion_mnist(SHIPPED / "mnist")[1][1].shape  # any four files of that format
    (1000,)
    """
    debian = Path("/usr/share/datasets/fashion-mnist")
    return _four_files("fashion-mnist", root, debian, "Install Debian's dataset-fashion-mnist")


def diabetes(*, scaled: bool = True) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ten measurements `x` of 442 patients, and `y`, how far the disease went in a year (25..346).

    Each column of `x` has mean 0 and Euclidean norm 1, or is raw (years, kg/m², …) unless `scaled`.

    Shapes:  x (442, 10), float64; y (442,), float64
    Source:  Efron, Hastie, Johnstone and Tibshirani 2004; by way of scikit-learn

    >>> x, y = diabetes(scaled=False)
    >>> x[0].tolist(), y[0].item()
    ([59.0, 2.0, 32.1, 101.0, 157.0, 93.2, 38.0, 4.0, 4.8598, 87.0], 151.0)
    """
    table = np.loadtxt(SHIPPED / "diabetes" / "diabetes.csv.gz", delimiter=",", skiprows=1)
    x, y = table[:, :-1].copy(), table[:, -1].copy()
    if scaled:
        x -= x.mean(axis=0)
        x /= np.sqrt((x * x).sum(axis=0))
    return x, y


def read_idx(path: PathLike) -> NDArray[Any]:
    """The array in an IDX file, plain or gzipped (told by its content), in native byte order.

    A gzipped header that claims more than 64 MiB and 200 times the file's size is refused.

    Raises:  DataFileError naming the file, the byte, what was expected and what was found
    Source:  LeCun, Cortes and Burges, the MNIST database, "the IDX file format"

    >>> read_idx(SHIPPED / "mnist" / "t10k-labels-idx1-ubyte.gz")[:5]
    array([2, 6, 6, 7, 0], dtype=uint8)
    """
    path = Path(path)
    with path.open("rb") as raw:
        packed = raw.read(2) == gzip_magic
        raw.seek(0)
        if not packed:
            return _read(raw, path, packed)
        try:
            with gzip.GzipFile(fileobj=raw) as file:
                return _read(file, path, packed)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            found = f"by byte {raw.tell()} of {path.stat().st_size}: {error}"
            raise _damaged(path, "an intact gzip stream", found) from error


def _damaged(
    path: Path, expected: str, found: object, remedy: str = "fetch the file again"
) -> DataFileError:
    return DataFileError(f"{path}: expected {expected}, found {found}; {remedy}")


def _read(file: io.BufferedIOBase, path: Path, packed: bool) -> NDArray[Any]:
    dtype, shape = _header(file, path)
    size, start, count = path.stat().st_size, 4 + 4 * len(shape), math.prod(shape) * dtype.itemsize
    expected = f"{count} bytes from byte {start} on, {dtype.name} of shape {shape}"
    most = max(64 << 20, 200 * size)
    if packed and count > most:
        remedy = "if the file is genuine, unpack it with gunzip and read that"
        raise _damaged(
            path, f"at most {most} bytes in {size} gzipped ones", f"a claim of {expected}", remedy
        )
    if not packed and count != size - start:
        raise _damaged(path, expected, size - start)
    data = file.read(count)
    if len(data) < count:
        raise _damaged(path, expected, len(data))
    if file.read(1):
        raise _damaged(path, expected, "more")
    return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="))


def _header(file: io.BufferedIOBase, path: Path) -> tuple[np.dtype[Any], tuple[int, ...]]:
    magic = file.read(4)
    if len(magic) < 4:
        raise _damaged(path, "an IDX header of 4 bytes at byte 0", len(magic))
    if magic[:2] != b"\0\0":
        raise _damaged(path, "00 00 (IDX) or 1f 8b (gzip) at byte 0", magic)
    code, ndim = magic[2:]
    if code not in type_codes:
        known = " ".join(f"{c:02x}" for c in type_codes)
        raise _damaged(path, f"a type code ({known}) at byte 2", f"{code:02x}")
    if not 1 <= ndim <= 64:
        raise _damaged(path, "1 to 64 dimensions at byte 3", ndim)
    dims = file.read(4 * ndim)
    if len(dims) < 4 * ndim:
        raise _damaged(path, f"{ndim} sizes of 4 bytes from byte 4 on", f"{len(dims)} bytes")
    shape = tuple(np.frombuffer(dims, ">i4").tolist())
    dtype = np.dtype(type_codes[code])
    if min(shape) < 0 or math.prod(max(n, 1) for n in shape) * dtype.itemsize >= 2**63:
        raise _damaged(path, "sizes from 0 on, below 2**63 bytes in all, at byte 4", shape)
    return dtype, shape


def _four_files(name: str, root: PathLike | None, last: Path, remedy: str) -> tuple[Part, Part]:
    given = [] if root is None else [Path(root) / name, Path(root)]
    named = [Path(folder) / name for folder in (os.environ.get("KNETPY_DATA"),) if folder]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "knetpy", name)
    places = [*given, *named, cache, last]
    folder = next((p for p in places if any(p.glob("t*-idx?-ubyte*"))), None)
    if folder is None:
        raise FileNotFoundError(
            f"{name}: no train-images-idx3-ubyte[.gz] nor its companions in any of "
            f"{', '.join(map(str, places))}. {remedy}, or put the four files into {cache}, "
            "or give their folder as root"
        )
    train, test = _part(folder, "train"), _part(folder, "t10k")
    level = logging.INFO if folder in (given or named or places) else logging.WARNING
    log.log(level, "%s: %d + %d images from %s", name, len(train[1]), len(test[1]), folder)
    return train, test


def _part(folder: Path, part: str) -> Part:
    image_file = _present(folder / f"{part}-images-idx3-ubyte")
    label_file = _present(folder / f"{part}-labels-idx1-ubyte")
    images, labels = read_idx(image_file), read_idx(label_file)
    if images.dtype != np.uint8 or images.shape[1:] != (28, 28):
        raise _damaged(image_file, "uint8 (n, 28, 28)", f"{images.dtype} {images.shape}")
    if labels.dtype != np.uint8 or labels.shape != images.shape[:1]:
        expected = f"uint8 ({len(images)},), a label for each image of {image_file.name}"
        raise _damaged(label_file, expected, f"{labels.dtype} {labels.shape}")
    if labels.max(initial=0) > 9:
        raise _damaged(label_file, "labels 0 to 9", labels.max())
    x = np.divide(images[:, np.newaxis], 255, dtype=np.float32)
    return x, labels.astype(np.int64)


def _present(plain: Path) -> Path:
    for path in (plain, plain.with_name(plain.name + ".gz")):
        if path.is_file():
            return path
    raise FileNotFoundError(
        f"{plain.parent} holds only some of the four IDX files: {plain.name}[.gz] is missing; "
        "put it there or take the others away"
    )
