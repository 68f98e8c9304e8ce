"""Named arrays in an HDF5 file: written whole or not at all, read whole or refused.

The HDF5 stands behind a user block of 512 bytes, which holds a format version and the length and
SHA-256 of the rest.  h5py sees only bytes whose digest is right, and only in memory.  The digest
stops accidents; a crafted file can carry a right one, so no link is followed and nothing is read
but plain numeric data that lies in those bytes.
"""

import errno
import glob
import hashlib
import io
import math
import os
import re
import reprlib
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import accumulate
from typing import Any

import numpy as np

try:
    import fcntl
except ImportError:  # Windows, where a folder can be neither locked nor synced
    fcntl = None  # type: ignore[assignment]

__all__ = ["CheckpointError", "reading", "write"]

PathLike = str | os.PathLike[str]
block = 512
format_version = 1
longest_name = 4096
quoted = reprlib.Repr()
quoted.maxstring = 200
shown = quoted.repr  # of a name, for messages


class CheckpointError(ValueError):
    """A weights file or a model that cannot be used; the message says what, and what to do.

    >>> raise CheckpointError("lenet.h5 is damaged; restore it from a copy")
    Traceback (most recent call last):
    knetpy.hdf5.CheckpointError: lenet.h5 is damaged; restore it from a copy
    """


def write(path: PathLike, arrays: dict[str, Any]) -> None:
    """Put a file of these arrays at `path`, in one step, when it is safely on the disk.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write(f"{folder}/line.h5", {"line/bias": np.array(3.0)})
    ...     with reading(f"{folder}/line.h5") as found:
    ...         print([(name, float(data[...])) for name, data in found])
    [('line/bias', 3.0)]
    """
    path = os.path.realpath(os.fsdecode(path))
    require_place(path)
    contents = image(arrays)
    with entered(os.path.dirname(path)) as folder:
        try:
            replace(path, contents)
        except OSError as error:
            error.add_note(f"{path} was not saved; what stood there still does")
            raise
        sync(folder)


@contextmanager
def reading(path: PathLike, most: float = math.inf) -> Iterator[Iterator[tuple[str, Any]]]:
    """Pairs (name, data set) of a file by `write`; each can be read inside, by `data[...]`.

    Nothing is read before it is asked for.  More than `most` groups and data sets are refused.
    For an example see `write`.

    Raises:  CheckpointError for a file that is damaged or not by `write`; FileNotFoundError

    >>> with reading("nowhere.h5"):
    ...     pass
    Traceback (most recent call last):
    FileNotFoundError: nowhere.h5 does not exist; check the name, or save a model there first
    """
    path = os.fsdecode(path)
    contents = io.BytesIO(verified(path))
    import h5py

    try:
        with h5py.File(contents, "r") as file:
            yield entries(file, most)
    except (CheckpointError, MemoryError):
        raise
    except Exception as error:
        raise CheckpointError(
            f"{path} holds HDF5 that save does not write ({error}); load a file by save"
        ) from error


# Names


def legal(name: str) -> bool:
    """Whether HDF5 takes `name`, and no reader takes a part of it for a way out of a folder."""
    unfit = r"[\0\ud800-\udfff]|(^|/)\.{0,2}(/|$)"
    return len(name) <= longest_name and not re.search(unfit, name)


def parents(name: str) -> list[str]:
    """The names of the groups that `name` lies in, outermost first."""
    return list(accumulate(name.split("/")[:-1], "{}/{}".format))


# Writing


def image(arrays: dict[str, Any]) -> memoryview:
    """The bytes of the file."""
    import h5py

    # Asked for ahead: where memory is short inside HDF5's callbacks, the error hides the reason.
    bytearray(sum(x.nbytes for x in arrays.values()))
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", userblock_size=block, track_order=True) as file:
        for name, x in arrays.items():
            for group in parents(name):
                if group not in file:
                    file.create_group(group, track_order=True)
            file.create_dataset(name, data=on_host(x))
    contents = buffer.getbuffer()
    contents[:block] = header(contents[block:])
    return contents


def on_host(x: Any) -> Any:
    return x if isinstance(x, (np.ndarray, np.generic)) else x.get()


def header(rest: memoryview) -> bytes:
    digest = hashlib.sha256(rest).hexdigest()
    text = f"knetpy weights {format_version}\nlength {len(rest)}\nsha256 {digest}\n"
    return f"{text}HDF5 from byte {block}\n".encode().ljust(block, b"\0")


def require_place(path: str) -> None:
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"{folder} is no folder; create it with os.makedirs first")
    if os.path.lexists(path) and not os.path.isfile(path):
        raise OSError(f"{path} is a folder or a device; give save the name of a file")
    if os.path.isfile(path) and not os.access(path, os.W_OK):
        raise PermissionError(f"{path} is read-only; save under another name, or chmod it")


@contextmanager
def entered(path: str) -> Iterator[int | None]:
    """The open folder, rid of what killed saves left there if nobody else is saving in it."""
    if fcntl is None:
        yield None
        return
    folder = os.open(path, os.O_RDONLY)
    try:
        with suppress(OSError):  # others are saving there, or the file system has no locks
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for left in glob.iglob(".knetpy-*.tmp", root_dir=path):
                os.unlink(os.path.join(path, left))
        with suppress(OSError):
            fcntl.flock(folder, fcntl.LOCK_SH)
        yield folder
    finally:
        os.close(folder)


def replace(path: str, contents: memoryview) -> None:
    temporary = os.path.join(os.path.dirname(path), f".knetpy-{secrets.token_hex(8)}.tmp")
    file = open(temporary, "xb")
    try:
        with file:
            with suppress(OSError):  # there is no old file, or it is another user's
                shutil.copymode(path, temporary)
            file.write(contents)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        with suppress(OSError):
            os.unlink(temporary)


def sync(folder: int | None) -> None:
    try:
        if folder is not None:
            os.fsync(folder)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # not every file system can
            error.add_note("the new file stands in place, but a power cut might lose it")
            raise


# Reading


def verified(path: str) -> bytes:
    """The bytes of the weights file, if they are those that were saved."""
    if not os.path.exists(path):
        raise FileNotFoundError(
            f"{path} does not exist; check the name, or save a model there first"
        )
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        start = file.read(block)
        claim = re.match(rb"knetpy weights (\d{1,9})\nlength (\d{1,18})\n", start)
        if not claim:
            raise CheckpointError(
                f"{path} begins with {start[:16]!r}, expected b'knetpy weights': another program "
                "wrote it (foreign HDF5 cannot be loaded), or it is damaged; load a file by save"
            )
        version, length = map(int, claim.groups())
        if version != format_version:
            raise CheckpointError(
                f"{path} has format version {version}, expected {format_version}; it is damaged, "
                "or written by another version of knetpy: load it with that one"
            )
        if size != block + length:
            raise damaged(path, f"{block + length} bytes", size)
        file.seek(0)
        contents = file.read(size)
    if contents[:block] != header(memoryview(contents)[block:]):
        raise damaged(path, "the bytes that were saved", "others, as their SHA-256 shows")
    return contents


def damaged(path: str, expected: str, found: object) -> CheckpointError:
    return CheckpointError(
        f"{path} is damaged: expected {expected}, found {found}; restore it from a copy"
    )


def entries(file: Any, most: float) -> Iterator[tuple[str, Any]]:
    """The data sets by name; an error if anything else is there."""
    import h5py

    root = file["/"].id
    seen, room = {h5py.h5o.get_info(root).addr}, file.id.get_filesize()
    waiting = members("", root, most)
    while waiting:
        name, group, part = waiting.pop()
        item = linked(name, group, part)
        address = h5py.h5o.get_info(item).addr
        if address in seen:
            raise ValueError(f"{shown(name)} is another name of something")
        seen.add(address)
        if isinstance(item, h5py.h5g.GroupID):
            waiting += members(f"{name}/", item, most - len(seen) - len(waiting))
            continue
        data = h5py.Dataset(item)
        room -= bytes_stored(name, data)
        if room < 0:
            raise ValueError("data sets overlap")
        yield name, data


def members(above: str, group: Any, most: float) -> list[tuple[str, Any, bytes]]:
    """What a group holds, last first: name, the group, and the name in the group."""
    if not 0 < len(group) <= most:
        raise ValueError(f"{shown(above)} holds {len(group)} things")
    return [(above + part.decode(), group, part) for part in reversed(list(group))]


def linked(name: str, group: Any, part: bytes) -> Any:
    """The object that a hard link leads to; HDF5 takes a "/" in `part` for a path of links."""
    import h5py

    if b"/" in part or not legal(name):
        raise ValueError(f"{shown(name)} is no name")
    if group.links.get_info(part).type != h5py.h5l.TYPE_HARD:
        raise ValueError(f"{shown(name)} is a soft or external link")
    return h5py.h5o.open(group, part)


def bytes_stored(name: str, data: Any) -> int:
    """The size of a data set, which must be numbers that lie in the file, in one piece."""
    import h5py

    plan, numbers = (
        data.id.get_create_plist(),
        data.dtype.kind in "biufc" and data.shape is not None,
    )
    inside = plan.get_layout() == h5py.h5d.CONTIGUOUS and not plan.get_external_count()
    if not numbers or not inside or data.nbytes != data.id.get_storage_size():
        raise ValueError(f"{shown(name)} is not plain numbers in one piece")
    return int(data.nbytes)
