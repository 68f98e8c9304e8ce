"""Data sets: the shipped files, where others are looked for, and every way an IDX file breaks."""

import gzip
import hashlib
import logging
import math
import re
import shutil
import struct
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from knetpy.datasets import SHIPPED, DataFileError, diabetes, fashion_mnist, mnist, read_idx

ROOT = Path(__file__).parent.parent
README = (ROOT / "data" / "README.md").read_text()
FILES = re.findall(r"^\| `([^`]+)` \| (.+) \| `([0-9a-f]{64})` \|$", README, re.M)
CODES = {0x08: "u1", 0x09: "i1", 0x0B: "i2", 0x0C: "i4", 0x0D: "f4", 0x0E: "f8"}


def header(code, *shape):
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, code, len(shape), *shape)


def idx(array):
    code = next(c for c, kind in CODES.items() if array.dtype == kind)
    return header(code, *array.shape) + array.astype(array.dtype.newbyteorder(">")).tobytes()


SMALL = idx(np.arange(12, dtype="u1").reshape(3, 4))


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def write_set(folder, trn=3, tst=2, label=7):
    for part, n in (("train", trn), ("t10k", tst)):
        images = np.full((n, 28, 28), 51, "u1")
        write(folder / f"{part}-images-idx3-ubyte.gz", gzip.compress(idx(images)))
        write(folder / f"{part}-labels-idx1-ubyte", idx(np.full(n, label, "u1")))
    return folder


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """No data set is found but the shipped one."""
    monkeypatch.delenv("KNETPY_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_shipped_files_are_those_of_the_readme():
    found = {p.relative_to(SHIPPED).as_posix(): p for p in SHIPPED.glob("*/*")}
    sums = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in found.items()}
    assert sums == {name: checksum for name, _, checksum in FILES}


@pytest.mark.parametrize("name, holds", [(n, h) for n, h, _ in FILES if "ubyte" in n])
def test_shapes_are_those_of_the_readme(name, holds):
    array = read_idx(SHIPPED / name)
    assert f"{array.shape} {array.dtype}" == holds


def test_mnist_arrays():
    (xtrn, ytrn), (xtst, ytst) = mnist(SHIPPED)
    assert (xtrn.shape, ytrn.shape) == ((9000, 1, 28, 28), (9000,))
    assert (xtst.shape, ytst.shape) == ((1000, 1, 28, 28), (1000,))
    assert {xtrn.dtype, xtst.dtype} == {np.dtype("f4")} and ytrn.dtype == ytst.dtype == np.int64
    assert (xtrn.min(), xtrn.max()) == (0, 1)
    assert np.array_equal(np.unique(ytrn), np.arange(10))
    raw = read_idx(SHIPPED / "mnist" / "train-images-idx3-ubyte.gz")
    np.testing.assert_array_equal(np.rint(xtrn[:, 0] * 255), raw)


def test_diabetes_columns():
    x, y = diabetes()
    raw, target = diabetes(scaled=False)
    assert x.shape == raw.shape == (442, 10) and x.dtype == y.dtype == np.float64
    assert np.array_equal(y, target) and (y.min(), y.max()) == (25, 346)
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-15)
    np.testing.assert_allclose((x * x).sum(axis=0), 1, rtol=1e-14)
    np.testing.assert_allclose(np.corrcoef(x.T), np.corrcoef(raw.T), rtol=1e-12)
    assert x.flags.c_contiguous and x.flags.writeable


def test_first_place_that_holds_the_files_wins(nowhere, monkeypatch, caplog):
    caplog.set_level(logging.INFO, "knetpy.datasets")
    write_set(nowhere / "cache" / "knetpy" / "mnist", trn=4)
    write_set(nowhere / "env" / "mnist", trn=5)
    write_set(nowhere / "flat", trn=6)
    write_set(nowhere / "nested" / "mnist", trn=7)
    assert len(mnist()[0][1]) == 4
    monkeypatch.setenv("KNETPY_DATA", str(nowhere / "env"))
    assert len(mnist()[0][1]) == 5
    assert len(mnist(nowhere / "flat")[0][1]) == 6
    (x, y), _ = mnist(str(nowhere / "nested"))
    assert x.shape == (7, 1, 28, 28) and (y == 7).all() and np.allclose(x, 0.2)
    assert [r.levelname for r in caplog.records] == ["INFO"] * 4
    assert caplog.messages[-1] == f"mnist: 7 + 2 images from {nowhere / 'nested' / 'mnist'}"


@pytest.mark.parametrize(
    "root, named, taken",
    [
        ("nothing", "nothing", "9000 + 1000 images from {shipped}"),
        (None, "nothing", "9000 + 1000 images from {shipped}"),
        ("nothing", "env", "3 + 2 images from {env}"),
    ],
)
def test_a_warning_tells_that_another_place_was_taken(
    nowhere, monkeypatch, caplog, root, named, taken
):
    env = write_set(nowhere / "env" / "mnist")
    monkeypatch.setenv("KNETPY_DATA", str(nowhere / named))
    mnist(root and nowhere / root)
    assert [r.levelname for r in caplog.records] == ["WARNING"]
    assert caplog.messages == ["mnist: " + taken.format(shipped=SHIPPED / "mnist", env=env)]


def test_fashion_mnist_is_never_mistaken_for_mnist(nowhere, monkeypatch):
    write_set(nowhere / "env" / "fashion-mnist", trn=9)
    write_set(nowhere / "env", trn=1)
    monkeypatch.setenv("KNETPY_DATA", str(nowhere / "env"))
    assert len(fashion_mnist()[0][1]) == 9


def test_missing_data_set_lists_the_places_and_the_remedy(nowhere, monkeypatch):
    monkeypatch.setattr(Path, "glob", lambda self, pattern: iter(()))
    with pytest.raises(FileNotFoundError) as error:
        fashion_mnist(nowhere / "mine")
    text = str(error.value)
    cache = str(nowhere / "cache" / "knetpy" / "fashion-mnist")
    for place in (nowhere / "mine" / "fashion-mnist", cache, "/usr/share/datasets/fashion-mnist"):
        assert str(place) in text
    assert "Install Debian's dataset-fashion-mnist, or put the four files into " + cache in text


def test_incomplete_set(nowhere):
    folder = write_set(nowhere / "half")
    (folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(FileNotFoundError, match=r"only some.*t10k-labels-idx1-ubyte\[.gz\] is mis"):
        mnist(folder)


@pytest.mark.parametrize(
    "file, array, message",
    [
        ("train-labels-idx1-ubyte", np.zeros(2, "u1"), r"expected uint8 \(3,\), .*found uint8 \(2"),
        ("train-labels-idx1-ubyte", np.zeros(3, "f4"), r"expected uint8 \(3,\).*found float32"),
        ("t10k-labels-idx1-ubyte", np.uint8([1, 10]), "expected labels 0 to 9, found 10"),
        ("train-images-idx3-ubyte", np.zeros((3, 28, 27), "u1"), r"found uint8 \(3, 28, 27\)"),
        ("train-images-idx3-ubyte", np.zeros((3, 28, 28), "i2"), "found int16"),
    ],
)
def test_files_that_do_not_fit_together(nowhere, file, array, message):
    path = write(write_set(nowhere / "set") / file, idx(array))
    with pytest.raises(DataFileError, match=f"^{path}: .*{message}"):
        mnist(nowhere / "set")


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("shape", [(5,), (2, 3), (0, 4), (1, 2, 3, 2)])
@pytest.mark.parametrize("kind", CODES.values())
def test_read_idx_round_trip(tmp_path, kind, shape, pack):
    array = (np.arange(math.prod(shape)) - (0 if kind == "u1" else 3)).astype(kind).reshape(shape)
    back = read_idx(write(tmp_path / "a", pack(idx(array))))
    assert back.dtype == array.dtype and back.dtype.isnative and back.flags.writeable
    np.testing.assert_array_equal(back, array, strict=True)


def test_read_idx_of_a_gzip_file_in_several_members(tmp_path):
    path = write(tmp_path / "a.gz", gzip.compress(SMALL[:9]) + gzip.compress(SMALL[9:]))
    assert read_idx(path).tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]


def bad_checksum(data):
    packed = bytearray(gzip.compress(data))
    packed[-8] ^= 1
    return bytes(packed)


HTML = b"<!DOCTYPE html><title>404 Not Found</title>"
DAMAGED = {
    "empty": (b"", "an IDX header of 4 bytes at byte 0, found 0"),
    "empty inside": (gzip.compress(b""), "an IDX header of 4 bytes at byte 0, found 0"),
    "short magic": (SMALL[:3], "an IDX header of 4 bytes at byte 0, found 3"),
    "magic": (b"\1" + SMALL[1:], r"00 00 \(IDX\) or 1f 8b \(gzip\) at byte 0, found b'\\x01"),
    "magic, second byte": (b"\0\1" + SMALL[2:], r"1f 8b \(gzip\) at byte 0, found b'\\x00\\x01"),
    "html": (HTML, r"00 00 \(IDX\) or 1f 8b \(gzip\) at byte 0, found b'<!DO'"),
    "type": (header(0x0A, 1) + b"\0", r"type code \(08 09 0b 0c 0d 0e\) at byte 2, found 0a"),
    "no dims": (header(8) + b"\0", "1 to 64 dimensions at byte 3, found 0"),
    "65 dims": (header(8, *[1] * 65) + b"\0", "1 to 64 dimensions at byte 3, found 65"),
    "short sizes": (SMALL[:10], "2 sizes of 4 bytes from byte 4 on, found 6 bytes"),
    "negative": (header(8, 2**32 - 3, 2), r"sizes from 0 on.*found \(-3, 2\)"),
    "overflow": (header(14, *[2**31 - 1] * 2), r"below 2\*\*63 bytes.*\(2147483647, 2147483647\)"),
    "overflow, none": (header(8, 0, *[2**31 - 1] * 3), r"below 2\*\*63 bytes.*found \(0, 21"),
    "product": (header(8, 3, 5) + SMALL[12:], r"15 bytes .*uint8 of shape \(3, 5\), found 12"),
    "short": (SMALL[:-1], r"12 bytes from byte 12 on, uint8 of shape \(3, 4\), found 11"),
    "short, gzip": (gzip.compress(SMALL[:-1]), "12 bytes from byte 12 on.*found 11"),
    "trailing": (SMALL + b"\0", "12 bytes from byte 12 on.*found 13"),
    "trailing, gzip": (gzip.compress(SMALL + b"\0"), "12 bytes from byte 12 on.*found more"),
    "cut": (gzip.compress(SMALL)[:-9], "intact gzip stream, found by byte .*ended before"),
    "crc": (bad_checksum(SMALL), "intact gzip stream, found .*CRC check failed"),
    "junk": (gzip.compress(SMALL) + HTML, "intact gzip stream, found .*Not a gzipped file"),
    "deflate": (gzip.compress(SMALL)[:10] + b"\xff" * 30, "intact gzip stream, found .*invalid"),
}


@pytest.mark.parametrize("data, message", DAMAGED.values(), ids=list(DAMAGED))
def test_damaged_file(tmp_path, data, message):
    path = write(tmp_path / "digits.gz", data)
    with pytest.raises(DataFileError, match=f"^{path}: expected .*{message}.*; fetch the file aga"):
        read_idx(path)


def test_every_truncation_and_every_flipped_bit_is_seen(tmp_path):
    packed = gzip.compress(SMALL, mtime=0)
    flipped = [
        packed[:i] + bytes([packed[i] ^ (1 << bit)]) + packed[i + 1 :]
        for i in range(len(packed))
        for bit in range(8)
    ]
    for data in flipped:  # a bit that carries nothing (the time stamp, padding) may flip
        try:
            assert read_idx(write(tmp_path / "a.gz", data)).tobytes() == SMALL[12:]
        except DataFileError:
            pass
    for data in [whole[:n] for whole in (packed, SMALL) for n in range(len(whole))]:
        with pytest.raises(DataFileError):
            read_idx(write(tmp_path / "a.gz", data))


GIB = 1 << 30
MEMBER = gzip.compress(bytes(GIB // 64))


@pytest.mark.parametrize(
    "data, message",
    [
        (gzip.compress(header(8, GIB)) + 64 * MEMBER, f"at most .*a claim of {GIB} bytes .*gunzip"),
        (gzip.compress(header(8, GIB)), f"at most {64 << 20} bytes in .. gzipped ones, .*gunzip"),
        (gzip.compress(header(8, 9)) + 64 * MEMBER, "9 bytes from byte 8 on.*found more"),
    ],
    ids=["honest header", "nothing behind", "hidden behind"],
)
def test_bombs_are_refused_without_growing(tmp_path, data, message):
    path = write(tmp_path / "bomb.gz", data)
    tracemalloc.start()
    try:
        with pytest.raises(DataFileError, match=message):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.slow  # builds a wheel and installs it
def test_the_wheel_carries_the_data(tmp_path):
    source = tmp_path / "source"
    for folder in ("knetpy", "data"):
        shutil.copytree(ROOT / folder, source / folder)
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, source)
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path, source]
    subprocess.run(build, check=True)
    (wheel,) = tmp_path.glob("knetpy-*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    carried = {p.relative_to(tmp_path / "site") for p in (tmp_path / "site").rglob("*.*")}
    assert {Path("knetpy/_data", name) for name, _, _ in FILES} <= carried
    assert Path("knetpy/py.typed") in carried
    code = "from knetpy.datasets import *; print(SHIPPED, len(mnist(SHIPPED)[0][1]))"
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "site", check=True, capture_output=True, text=1
    )
    assert shown.stdout == f"{tmp_path / 'site' / 'knetpy' / '_data'} 9000\n"
