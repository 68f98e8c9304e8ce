"""Weights in a file: `save(path, model)` and `load(path, model)`.

A weights file is ordinary HDF5 (see hdf5.py) whose groups and data sets are named by the path
through the object tree.  No code, no class names, no pickle.
"""

import difflib
import os
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice, repeat
from operator import setitem
from typing import Any, TypeVar, overload

import numpy as np

from knetpy.arrays import asarray
from knetpy.autograd import Param, State, recording
from knetpy.autograd.params import walk
from knetpy.hdf5 import CheckpointError, legal, longest_name, parents, reading, shown, write

__all__ = ["CheckpointError", "load", "save"]

Model = TypeVar("Model")
PathLike = str | os.PathLike[str]
Leaves = dict[str, Param | State]
shown_problems = 10


def save(path: PathLike, model: Any) -> None:
    """Write every Param and State inside `model` to the weights file `path`, whole or not at all.

    `model` is any object: a layer, a list, a dict.  The new file takes the place of the old one
    in one step when it is safely on the disk, so a reader, a crash or a full disk meets either.

    Raises:  CheckpointError for a model that holds no array, or one that cannot be saved;
             OSError if the file cannot be written: what stood at `path` still does

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     save(f"{folder}/line.h5", {"weight": Param([1.0, 2.0])})
    ...     load(f"{folder}/line.h5")
    {'weight': array([1., 2.])}
    """
    write(path, {name: leaf.value for name, leaf in named(model).items()})


@overload
def load(path: PathLike) -> dict[str, Any]: ...
@overload
def load(path: PathLike, model: Model) -> Model: ...
def load(path: PathLike, model: Any = None) -> Any:
    """`model`, its arrays overwritten in place by those in the weights file, all or none of them.

    Names, shapes and dtypes must be the model's own.  Without a model: the arrays in nested dicts.

    Raises:  CheckpointError for a file that is damaged, not by `save`, or of another model;
             FileNotFoundError

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     save(f"{folder}/line.h5", [Param([1.0, 2.0])])
    ...     load(f"{folder}/line.h5", [Param([0.0, 0.0])])
    [P([1. 2.])]
    """
    if model is None:
        with reading(path) as pairs:
            return nested((name, data[...]) for name, data in pairs)
    leaves = named(model)
    require_writable(leaves)
    # So many more than expected are looked at, to tell what they are.
    with reading(path, 1000 + sum(name.count("/") + 1 for name in leaves)) as pairs:
        found = dict(pairs)
        require_match(os.fsdecode(path), leaves, found)
        arrays = [found[name][...] for name in leaves]
    fill(list(leaves.values()), arrays)
    return model


def fill(leaves: list[Param | State], arrays: list[Any]) -> None:
    arrays = [asarray(new, like=leaf.value) for leaf, new in zip(leaves, arrays, strict=True)]
    for leaf in leaves:
        leaf.version += 1
    values = [leaf.value for leaf in leaves]
    # One call that stays in C: Ctrl-C comes before the first array is written or after the last.
    deque(map(setitem, values, repeat(...), arrays), maxlen=0)


# The model


def named(model: Any) -> Leaves:
    """The Params and States of `model` by their names in the file."""
    leaves: Leaves = {}
    groups: set[str] = set()
    for path, leaf in walk(model):
        name = path or "value"
        above = parents(name)
        if name in leaves or name in groups or not leaves.keys().isdisjoint(above):
            raise CheckpointError(
                f"two things in the model have the name {shown(name)} (dict keys 1 and '1', "
                "or 'a/b' and 'a', perhaps); rename one of them"
            )
        require_savable(name, leaf.value)
        leaves[name] = leaf
        groups.update(above)
    if not leaves:
        raise CheckpointError(
            f"expected a model that holds Params or States, found none in a "
            f"{type(model).__name__}; plain arrays count only as Param(array) or State(array)"
        )
    return leaves


def require_savable(name: str, value: Any) -> None:
    if value is None:
        raise CheckpointError(
            f"the Param at {shown(name)} has no shape yet; call the model once first"
        )
    dtype = getattr(value, "dtype", np.dtype("O"))
    if dtype.kind not in "biufc":
        raise CheckpointError(
            f"{shown(name)} holds {dtype}; a weights file holds arrays of numbers: "
            "convert it, or keep it outside Param and State"
        )
    if not legal(name):
        raise CheckpointError(
            f"{shown(name)} cannot be a name in a weights file: expected at most {longest_name} "
            "characters, no NUL, and no part that is empty or one of . and ..; rename the part"
        )


def require_writable(leaves: Leaves) -> None:
    if recording():
        raise CheckpointError("the tape may need what load overwrites; load a model outside diff")
    for name, leaf in leaves.items():
        if not getattr(getattr(leaf.value, "flags", None), "writeable", True):
            raise CheckpointError(
                f"the model's array at {shown(name)} is read-only, and load fills arrays in "
                "place; give the Param a copy of it first: param.value = np.array(param.value)"
            )


# Against the file


def require_match(path: str, leaves: Leaves, found: dict[str, Any]) -> None:
    lines = list(islice(differences(leaves, found), shown_problems + 1))
    if lines:
        lines[shown_problems:] = ["and more"] * (len(lines) > shown_problems)
        raise CheckpointError(
            f"{path} does not fit the model; nothing was loaded:\n  " + "\n  ".join(lines) + "\n"
            "Build the model as it was when it was saved, or save it anew"
        )


def differences(leaves: Leaves, found: dict[str, Any]) -> Iterator[str]:
    missing = [name for name in leaves if name not in found]
    extra = [name for name in found if name not in leaves]
    for name, leaf in leaves.items():
        if name not in found:
            near = nearest(name, extra or found, "file")
            yield f"{shown(name)}: expected {kind(leaf)}, found nothing{near}"
        elif kind(leaf) != kind(data := found[name]):
            shape = tuple(leaf.value.shape)
            turned = ", its transpose" if shape == data.shape[::-1] != data.shape else ""
            yield f"{shown(name)}: expected {kind(leaf)}, found {kind(data)}{turned}"
    for name in extra:
        near = nearest(name, missing or leaves, "model")
        yield f"{shown(name)}: expected nothing, found {kind(found[name])}{near}"


def kind(x: Any) -> str:
    """dtype and shape; the order of bytes is no difference."""
    return f"{x.dtype.name} {tuple(x.shape)}"


def nearest(name: str, names: Iterable[str], where: str) -> str:
    # Comparing takes quadratic time: a crafted file must not make it long.
    sizes = range(len(name) // 2, 2 * len(name) + 8)
    likely = islice((other for other in names if len(other) in sizes), 1000)
    close = difflib.get_close_matches(name, likely, 1, 0.0)
    return f"; the nearest name in the {where} is {shown(close[0])}" if close else ""


def nested(arrays: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, array in arrays:
        *groups, last = name.split("/")
        inner = tree
        for group in groups:
            inner = inner.setdefault(group, {})
        inner[last] = array
    return tree
