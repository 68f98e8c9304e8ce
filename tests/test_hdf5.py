"""Files of named arrays: their format, every way that writing fails, and hostile files."""

import builtins
import errno
import hashlib
import io
import itertools
import os
import re
import resource
import stat
import subprocess
import sys
import threading
import time
import tracemalloc
import zlib
from base64 import b85decode
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import pytest

from knetpy import hdf5
from knetpy.autograd import Param
from knetpy.checkpoint import load
from knetpy.hdf5 import CheckpointError, header, reading, write

ROOT = Path(__file__).parent.parent
OLD, NEW = {"a/x": np.zeros(3)}, {"a/x": np.arange(3.0), "b": np.array([True])}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.h5"


def read(path):
    with reading(path) as found:
        return {name: data[...] for name, data in found}


def equal(a, b):
    return list(a) == list(b) and all(np.array_equal(a[name], b[name]) for name in a)


# The format


def test_the_first_512_bytes_tell_version_length_and_digest(path):
    write(path, NEW)
    data = path.read_bytes()
    digest = hashlib.sha256(data[512:]).hexdigest()
    start = f"knetpy weights 1\nlength {len(data) - 512}\nsha256 {digest}\nHDF5 from byte 512\n"
    assert data[:512] == start.encode() + bytes(512 - len(start))
    assert data[512:520] == b"\x89HDF\r\n\x1a\n"


FIRST_VERSION = (
    "c-qU(OD!p=R47l)OwTAORxsqsNzF?y$xtvfGc)BX&PX&eHB(4RO*S^LFfmI>O|wWdv@l3XOEXVPvP?9vFiK4_HZe;~"
    "O-e~JGfqykOf|GLOi4;jGfYb~OiM{gHZe;|F-qm~aB(wLNGr<ERY<BVNmVd4G~!|y1%m=~0^^34O9~Pn92^WR3<3}d"
    "CJ6N(3K}_3`7r$n1kCsMa0z1KdBCIu<}pJ}g&TtoxR@9iLGo;pAd-;<W(-?SVr6Pku{R@>D*=&)av4~Y^GoweGFhSA"
    "T)GEi&6^|qXkKL`)~h0@US%{egN4$B!I)y!UNTrttyqN=JBrLut~hF}vLt0D7JI@}=h5G*;Ta<P7#Ub0j)%I6kwF7O"
    "Gch9P69%XsF!;<25@4-@3i1pPuP88xb1;b4!;&ro2Uwno31T1zg9J4F7(#t6f##};L68U<?16*>5CL%m5HE1R3@3=Y"
    "85vQ-i3uZI>=__sivxoRH-pK4W<uc-3C-pLXm08lgqh`oJ%s*Ij~PB33`ksHcnE;m0vrtR@W3Aqm24259B6hf7!nl^"
    "JCp_h3ty(9"
)


def test_files_of_format_version_1_can_be_read(path):
    path.write_bytes(zlib.decompress(b85decode(FIRST_VERSION)))
    found = read(path)
    assert list(found) == ["layers/0/weight", "layers/0/bias", "count"]
    assert np.array_equal(found["layers/0/weight"], np.arange(6, dtype="f4").reshape(2, 3))
    assert found["layers/0/bias"].dtype == "f8" and np.isnan(found["layers/0/bias"][1])
    assert found["count"].shape == () and found["count"].dtype == "i8" and found["count"] == 7


def test_equal_arrays_give_equal_files(path, tmp_path):
    write(path, NEW)
    write(tmp_path / "again.h5", NEW)
    assert path.read_bytes() == (tmp_path / "again.h5").read_bytes()


def test_a_file_costs_less_than_1_kb_more_for_each_array(path):
    write(path, {f"layers/{i}/weight": np.zeros(10) for i in range(200)})
    assert path.stat().st_size < 200 * (80 + 1000)


FOREIGN = {
    "empty": b"",
    "text": b"weights = [1, 2, 3]\n" * 100,
    "zip": b"PK\x03\x04" + bytes(1000),
    "another of ours": b"knetpy weights\n" + bytes(1000),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_files_of_another_kind_are_named_as_such(path, kind):
    path.write_bytes(FOREIGN[kind])
    expected = re.escape(f"{path} begins with {FOREIGN[kind][:16]!r}, expected b'knetpy weights'")
    with pytest.raises(CheckpointError, match=f"{expected}: another program .* load a file by"):
        read(path)


def test_plain_hdf5_is_refused(path):
    with h5py.File(path, "w") as file:
        file["x"] = 1.0
    with pytest.raises(CheckpointError, match=r"begins with b'\\x89HDF.*foreign HDF5 cannot"):
        read(path)


def edited(path, old, new):
    data = path.read_bytes()
    assert data.count(old) == 1 and len(old) == len(new)
    path.write_bytes(data.replace(old, new))


def test_another_format_version_is_told(path):
    write(path, NEW)
    edited(path, b"weights 1\n", b"weights 2\n")
    with pytest.raises(CheckpointError, match="has format version 2, expected 1; .* load it with"):
        read(path)


def test_what_is_damaged_is_told(path):
    write(path, NEW)
    data = path.read_bytes()
    for length in (len(data) - 1, len(data) + 1):
        path.write_bytes((data + b"\0")[:length])
        with pytest.raises(CheckpointError) as caught:
            read(path)
        expected = f"expected {len(data)} bytes, found {length}; restore it from a copy"
        assert str(caught.value) == f"{path} is damaged: {expected}"
    for at in (100, 511, 512, len(data) - 1):  # the digest, the padding, the HDF5
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(CheckpointError, match="the bytes that were saved, found others, as"):
            read(path)


def test_damaged_bytes_never_reach_h5py(path, monkeypatch):
    write(path, NEW)
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    monkeypatch.setattr(h5py, "File", lambda *args: pytest.fail("opened"))
    with pytest.raises(CheckpointError, match="is damaged"):
        read(path)


# Where files go


def test_places_that_cannot_hold_a_file(tmp_path, path, monkeypatch):
    with pytest.raises(FileNotFoundError, match=r"none is no folder; create it with os\.makedirs"):
        write(tmp_path / "none" / "net.h5", NEW)
    with pytest.raises(OSError, match="is a folder or a device; give save the name of a file"):
        write(tmp_path, NEW)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="pipe is a folder or a device"):
        write(tmp_path / "pipe", NEW)
    write(path, OLD)
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # root may write all
    with pytest.raises(PermissionError, match="is read-only; save under another name, or chmod"):
        write(path, NEW)
    assert equal(read(path), OLD)


def test_a_link_is_followed_and_a_mode_is_kept(tmp_path, path):
    write(path, OLD)
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask
    path.chmod(0o640)
    link, second = tmp_path / "best.h5", tmp_path / "second.h5"
    link.symlink_to(path.name)
    os.link(path, second)
    write(link, NEW)
    assert link.is_symlink() and equal(read(path), NEW) and equal(read(second), OLD)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_relative_paths_and_names_of_255_bytes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("net.h5", "[a]*?.h5", "é" * 127):
        write(name, NEW)
        assert equal(read(name), NEW)


# Failing


class Failing:
    """Counts calls to the system, and fails the `stop`-th."""

    def __init__(self, stop, code):
        self.stop, self.code, self.calls = stop, code, []

    def __call__(self, name):
        self.calls.append(name)
        if len(self.calls) == self.stop:
            raise OSError(self.code, os.strerror(self.code))

    def patch(self, monkeypatch):
        for name in ("open", "fsync", "replace"):
            monkeypatch.setattr(os, name, self.counted(f"os.{name}", getattr(os, name)))
        monkeypatch.setattr(hdf5, "open", self.opened, raising=False)

    def counted(self, name, f):
        return lambda *args, **options: (self(name), f(*args, **options))[1]

    def opened(self, path, mode):
        if mode == "rb":
            return builtins.open(path, mode)
        self("open")
        raw = io.FileIO(path, mode)
        failing = self

        class Raw(io.RawIOBase):
            def writable(self):
                return True

            def fileno(self):
                return raw.fileno()

            def write(self, data):
                failing("write")
                return raw.write(data[:1000])  # as a system may: only a part

            def close(self):
                if not self.closed:
                    super().close()
                    raw.close()
                    failing("close")

        return io.BufferedWriter(Raw(), 500)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("old", [OLD, None], ids=["old file", "no file"])
def test_whichever_call_fails_the_old_file_stays(path, code, old):
    seen = []
    for stop in itertools.count(1):
        if old is None:
            path.unlink(missing_ok=True)
        else:
            write(path, old)
        before = path.exists() and path.read_bytes()
        failing = Failing(stop, code)
        with pytest.MonkeyPatch.context() as monkeypatch:
            failing.patch(monkeypatch)
            try:
                write(path, NEW)
            except OSError as error:
                assert error.errno == code
                notes = getattr(error, "__notes__", [])
            else:
                break
        *done, failed = failing.calls[:stop]
        in_place = "os.replace" in done
        seen.append(failed)
        if in_place:  # only the folder was not synced
            assert equal(read(path), NEW) and "the new file stands in place" in notes[0]
        else:
            assert (path.exists() and path.read_bytes()) == before
            assert failed == "os.open" or notes == [
                f"{path} was not saved; what stood there still does"
            ]
        assert os.listdir(path.parent) == [path.name] * path.exists()
    assert equal(read(path), NEW) and len(failing.calls) == stop - 1
    assert {"os.open", "open", "write", "os.fsync", "close", "os.replace"} == set(seen)
    assert seen[-2:] == ["os.replace", "os.fsync"] and seen.count("write") > 1


def test_a_folder_that_cannot_be_synced_is_no_failure(path):
    failing = Failing(0, errno.EINVAL)
    with pytest.MonkeyPatch.context() as monkeypatch:
        failing.patch(monkeypatch)
        write(path, OLD)
    assert failing.calls[-1] == "os.fsync"
    failing = Failing(len(failing.calls), errno.EINVAL)
    with pytest.MonkeyPatch.context() as monkeypatch:
        failing.patch(monkeypatch)
        write(path, NEW)
    assert failing.calls[-1] == "os.fsync" and equal(read(path), NEW)


def test_the_data_is_on_the_disk_before_it_is_in_place_and_the_folder_after(path):
    failing = Failing(0, errno.EIO)
    with pytest.MonkeyPatch.context() as monkeypatch:
        failing.patch(monkeypatch)
        write(path, NEW)
    order = [name for name in failing.calls if name != "write"]
    assert order == ["os.open", "open", "os.fsync", "close", "os.replace", "os.fsync"]


def test_a_file_system_without_locks_serves_too(path, monkeypatch):
    def flock(*args):
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(hdf5.fcntl, "flock", flock)
    (path.parent / ".knetpy-0.tmp").touch()
    write(path, NEW)
    assert equal(read(path), NEW) and len(os.listdir(path.parent)) == 2  # nothing cleared away


def test_where_folders_cannot_be_opened(path, monkeypatch):
    monkeypatch.setattr(hdf5, "fcntl", None)
    monkeypatch.setattr(os, "open", lambda *args: pytest.fail("opened"))
    write(path, NEW)
    assert equal(read(path), NEW) and os.listdir(path.parent) == [path.name]


def test_a_limit_on_the_size_of_files(path):
    write(path, OLD)
    before, limits = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            write(path, {"x": np.zeros(100_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before and os.listdir(path.parent) == [path.name]


def test_what_killed_saves_left_is_cleared_away_unless_somebody_saves(path):
    left = path.parent / ".knetpy-0123456789abcdef.tmp"
    left.touch()
    with hdf5.entered(path.parent):
        assert not left.exists()
        left.touch()
        write(path, NEW)
        assert left.exists()
    write(path, NEW)
    assert os.listdir(path.parent) == [path.name]


def script(code, *args, timeout=540):
    """Run `code` in a fresh interpreter, whose children a test may kill."""
    start = "import os, random, signal, sys, time; import numpy as np\n"
    start += "from knetpy.hdf5 import reading, write\n"
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", start + code, *map(str, args)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


COMMON = """
path, size, times = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
def save(i): write(path, {"a": np.full(size, i), "b": np.full(3, i)})
def saved():
    with reading(path) as found:
        values = {int(x) for _, data in found for x in np.unique(data[...])}
    assert len(values) == 1, values
    return values.pop()
def child(work):
    pid = os.fork()
    if not pid:
        try: work()
        finally: os._exit(1)
    return pid
def kill(pid):
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
save(0)
"""
KILLED = """
def work():
    i = start
    while True: save(i := i + 1)
start, stale, most = 0, 0, 0
for _ in range(int(times)):
    began, pid = time.perf_counter(), child(work)
    while (now := saved()) == start: pass
    time.sleep(random.uniform(0, 2 * (time.perf_counter() - began)))
    kill(pid)
    start = saved()
    left = len(os.listdir(os.path.dirname(path))) - 1
    assert start >= now and left <= 1
    stale += left
save(-1)
print(saved(), start, stale, len(os.listdir(os.path.dirname(path))))
"""
SEVERAL = """
def work(sign):
    i = 0
    while True: save(sign * (i := i + 1))
pids = [child(lambda: work(1)), child(lambda: work(-1))]
end, seen = time.time() + times, set()
while time.time() < end: seen.add(saved())
for pid in pids:
    assert os.waitpid(pid, os.WNOHANG) == (0, 0), "a save failed"
    kill(pid)
saved()
print(len(seen), min(seen), max(seen))
"""


def kills(path, size, times):
    last, start, _, files = map(int, script(COMMON + KILLED, path, size, times))
    assert last == -1 and start >= times and files == 1


def test_a_save_that_is_killed_leaves_the_old_file_or_the_new(path):
    kills(path, 20_000, 25)


@pytest.mark.slow  # hundreds of kills in three sizes
@pytest.mark.parametrize("size, times", [(1_000, 500), (250_000, 400), (12_500_000, 40)])
def test_a_save_that_is_often_killed_leaves_the_old_file_or_the_new(path, size, times):
    kills(path, size, times)


def test_two_processes_save_to_one_path_while_a_third_reads(path):
    count, least, greatest = map(int, script(COMMON + SEVERAL, path, 3_000, 1.5))
    assert count > 5 and least < 0 < greatest


@pytest.mark.slow  # ten seconds of the same
def test_two_processes_save_for_long(path):
    script(COMMON + SEVERAL, path, 100_000, 10)


def test_threads_save_to_one_path(path):
    failed = []

    def work(i):
        try:
            for _ in range(10):
                write(path, {"x": np.full(500, i)})
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed and os.listdir(path.parent) == [path.name]
    assert len(np.unique(read(path)["x"])) == 1


SHORT_OF_MEMORY = (
    COMMON
    + """
import h5py, resource
x, last, errors = np.ones(size), 0, set()
with open("/proc/self/statm") as file: now = int(file.read().split()[0]) * 4096
for more in np.linspace(0.1, 1.4, int(times)) * x.nbytes:
    resource.setrlimit(resource.RLIMIT_AS, (now + int(more), -1))
    try: write(path, {"a": x})
    except MemoryError: errors.add("MemoryError")
    else: last = 1
    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
    assert saved() == last and len(os.listdir(os.path.dirname(path))) == 1
print(*errors)
"""
)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and limits the address space")
def test_too_little_memory_is_a_memory_error_and_leaves_the_old_file(path, monkeypatch):
    monkeypatch.setenv("KNETPY_MALLOC", "off")  # what is kept of the first save would do for all
    assert script(SHORT_OF_MEMORY, path, 2_000_000, 14) == ["MemoryError"]


# Hostile files: their digest is right


def crafted(path, build, edit=lambda at: (b"", b"")):
    """A file with one byte string replaced; `edit` is told where the data sets lie."""
    buffer, at = io.BytesIO(), {}
    with h5py.File(buffer, "w", userblock_size=512) as file:
        build(file)
        for name in file:
            if file.get(name, getclass=True, getlink=True) is h5py.HardLink:
                if isinstance(file[name], h5py.Dataset):
                    at[name] = (file[name].id.get_offset() or 0) - 512
    old, new = edit(at)
    data = bytearray(buffer.getvalue())
    assert old in data and len(old) == len(new)
    data = data.replace(old, new) if old else data
    data[:512] = header(memoryview(data)[512:])
    path.write_bytes(data)


def words(*numbers):
    return b"".join(n.to_bytes(8, "little") for n in numbers)


def renamed(old, new):
    return lambda at: (old.ljust(8, b"\0"), new.ljust(8, b"\0"))


SECRET = np.arange(777_000_000, 777_000_003, dtype="f8")


def deep(file):
    for _ in range(3000):
        file = file.create_group("g")
    file["x"] = SECRET


def external_data(file):
    file.create_dataset("x", (3,), "f8", external=[("secret.bin", 0, 24)])


def virtual_data(file):
    layout = h5py.VirtualLayout((3,), "f8")
    layout[:] = h5py.VirtualSource("secret.h5", "x", (3,))
    file.create_virtual_dataset("x", layout)


def cycle(file):
    group = file.create_group("a/b")
    group["x"] = np.zeros(3)
    group["back"] = file["a"]


def raw(file, name, length, *, late=False, layout=h5py.h5d.CONTIGUOUS):
    space, plan = h5py.h5s.create_simple((length,)), h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_layout(layout)
    if late:
        plan.set_alloc_time(h5py.h5d.ALLOC_TIME_LATE)
    h5py.h5d.create(file.id, name, h5py.h5t.IEEE_F64LE, space, plan)


def amplified(file):
    file["x"] = np.zeros(1000)
    for i in range(5):
        raw(file, b"y%d" % i, 1000, late=True)


def puts(name, x, **options):
    return lambda file: file.create_dataset(name, data=x, **options)


def sets(name, x):
    return lambda file: file.__setitem__(name, x)


def many_groups(count):
    def build(file):
        group = file.create_group("g").id
        for i in range(count):
            h5py.h5g.create(group, b"%d" % i)

    return build


def twice(file):
    file["x"] = file["y"] = SECRET
    file["z"] = file["x"]


def soft(file):
    file["y"], file["x"] = SECRET, h5py.SoftLink("/y")


def arrays_of_arrays(file):
    file.create_dataset("x", (3,), np.dtype(("f8", 2)))


def bomb(**options):
    return lambda file: file.create_dataset("x", (1 << 50,), "f8", **options)


LINK, ODD = "is a soft or external link", "is not plain numbers in one piece"
OTHER = "HDF5 that save does not write"
HOSTILE = {
    "external link": (sets("x", h5py.ExternalLink("secret.h5", "/x")), LINK),
    "soft link": (soft, LINK),
    "soft link to itself": (sets("x", h5py.SoftLink("/x")), LINK),
    "group behind a link": (sets("a", h5py.ExternalLink("secret.h5", "/")), LINK),
    "cyclic hard link": (cycle, "is another name of something"),
    "hard link to the root": (lambda file: sets("x", file["/"])(file), "'x' is another name"),
    "two hard links": (twice, "'z' is another name of something"),
    "external data": (external_data, ODD),
    "virtual data": (virtual_data, ODD),
    "shape bomb": (bomb(chunks=(1 << 20,)), ODD),
    "shape bomb in one piece": (bomb(), ODD),
    "gzip bomb": (puts("x", np.zeros(1 << 24, "u1"), chunks=(1 << 24,), compression="gzip"), ODD),
    "chunks": (puts("x", np.zeros(3), chunks=(3,)), ODD),
    "compact": (lambda file: raw(file, b"x", 3, layout=h5py.h5d.COMPACT), ODD),
    "never written": (lambda file: raw(file, b"x", 3, late=True), ODD),
    "texts": (puts("x", ["a", "b", "c"]), ODD),
    "fixed texts": (puts("x", np.array([b"a", b"b"])), ODD),
    "pickled object": (puts("x", np.void(b"\x80\x04N.")), ODD),
    "records": (puts("x", np.zeros(3, "f8,f8")), ODD),
    "references": (lambda file: puts("x", file.ref, dtype=h5py.ref_dtype)(file), ODD),
    "arrays of arrays": (arrays_of_arrays, OTHER),
    "no numbers": (puts("x", h5py.Empty("f8")), ODD),
    "named type": (sets("x", np.dtype("f8")), OTHER),
    "nothing": (lambda file: None, "holds 0 things"),
    "empty group": (lambda file: file.create_group("x"), "'x/' holds 0 things"),
    "many groups": (many_groups(20_000), "'g/0/' holds 0 things"),
    "deep groups": (deep, "is no name"),
    "way out of the folder": (puts("../x", np.zeros(3)), r"'\.\.' is no name"),
    "long name": (puts("x" * 60_000, np.zeros(3)), r"'xxx.*\.\.\..*xxx' is no name"),
    "slash in a name": (sets("aXb", SECRET), "'a/b' is no name", renamed(b"aXb", b"a/b")),
    "dot as a name": (sets("q", SECRET), r"'\.' is no name", renamed(b"q", b".")),
    "not UTF-8": (sets("aXb", SECRET), OTHER, renamed(b"aXb", b"a\xffb")),
    "data beyond the end": (
        sets("x", np.zeros(3)), OTHER,
        lambda at: (words(at["x"], 24), words(1 << 40, 24)),
    ),
    "one piece for all": (
        amplified, "data sets overlap",
        lambda at: (words(2**64 - 1, 8000), words(at["x"], 8000)),
    ),
}  # fmt: skip


@contextmanager
def frugally():
    began = time.process_time()
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()
    assert time.process_time() - began < 2


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files_are_refused(path, kind, monkeypatch):
    monkeypatch.chdir(path.parent)
    SECRET.tofile("secret.bin")
    with h5py.File("secret.h5", "w") as file:
        file["x"] = SECRET
    build, message, *edits = HOSTILE[kind]
    crafted(path, build, *edits)
    x = np.ones(3)
    with frugally():
        with pytest.raises(CheckpointError, match=message):
            load(path)
        with pytest.raises(CheckpointError):
            load(path, {"x": Param(x)})
    assert x.tolist() == [1.0, 1.0, 1.0]
