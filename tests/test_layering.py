"""Who may import whom: one table, held against the source text and against a fresh interpreter."""

import ast
import graphlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BASE = {"tracing", "arrays", "autograd", "kernels", "nn", "ops", "optim", "scipy"}
TOP = {"__main__", "batches", "checkpoint", "datasets", "devices", "hdf5", "program", "train"}

# A part of the package, and the other parts that it may import.
MAY_IMPORT = {
    "tracing": set(),
    "arrays": {"tracing"},
    "autograd": set(),
    "kernels": {"arrays", "tracing"},
    "ops": {"arrays", "autograd", "kernels"},
    "nn": {"arrays", "autograd", "ops"},
    "optim": {"arrays", "autograd", "kernels", "tracing"},
    "scipy": {"autograd"},
    **dict.fromkeys(TOP, BASE | TOP),
}

# A library, and the only modules that may import it. NumPy and what Python brings are free to all.
HOMES = {
    "cupy": ("knetpy.arrays", "knetpy.kernels.cuda"),
    "cupyx": ("knetpy.arrays", "knetpy.kernels.cuda"),
    "ctypes": ("knetpy.kernels",),
    "h5py": ("knetpy.hdf5",),
    "scipy": ("knetpy.autograd", "knetpy.kernels", "knetpy.ops"),
    "threadpoolctl": ("knetpy.kernels",),
    "tqdm": ("knetpy.train",),
}
RUNS_CODE_FROM_FILES = {"cloudpickle", "copyreg", "dill", "joblib", "marshal", "pickle", "shelve"}
LOADED_ON_FIRST_USE = {"scipy", "h5py", "tqdm", "threadpoolctl", "cupy"}


def dotted(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


SOURCES = {
    dotted(path): ast.parse(path.read_text(), path)
    for path in sorted((ROOT / "knetpy").rglob("*.py"))
}
MODULES = {name.removesuffix(".__init__") for name in SOURCES}


def imports(name, node):
    """The full names of the modules that a statement of module `name` imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
        return [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
    if not isinstance(node, ast.ImportFrom):
        return []
    package = name.split(".")[: -node.level] if node.level else []
    base = ".".join([*package, *filter(None, [node.module])])
    if base == "knetpy":
        return [base]
    inner = [f"{base}.{alias.name}" for alias in node.names]
    return [full if full in MODULES else base for full in inner]


def every_import(name):
    for node in ast.walk(SOURCES[name]):
        for target in imports(name, node):
            yield node, target


@pytest.mark.parametrize("name", sorted(SOURCES.keys() - {"knetpy.__init__"}))
def test_a_part_imports_only_what_lies_below_it(name):
    part = name.split(".")[1]
    assert part in MAY_IMPORT, f"say in MAY_IMPORT (and in the design) what {part} may import"
    for node, target in every_import(name):
        if target.split(".")[0] == "knetpy":
            assert target != "knetpy", f"{name}:{node.lineno} imports the package root"
            other = target.split(".")[1]
            allowed = MAY_IMPORT[part] | {part}
            assert other in allowed, f"{name}:{node.lineno} imports {target}, may: {allowed}"


@pytest.mark.parametrize("name", SOURCES)
def test_imports_are_absolute_across_packages_and_one_dot_within(name):
    package = name.rpartition(".")[0]
    for node in ast.walk(SOURCES[name]):
        if isinstance(node, ast.ImportFrom):
            where = f"{name}:{node.lineno}"
            assert node.level < 2, f"{where}: name the other package in full"
            assert all(alias.name != "*" for alias in node.names), f"{where}: name what you import"
            own = package != "knetpy" and f"{node.module}.".startswith(f"{package}.")
            assert node.level or not own, f"{where}: write a dot for {package}"


@pytest.mark.parametrize("name", SOURCES)
def test_every_library_has_its_home(name):
    for node, target in every_import(name):
        library = target.split(".")[0]
        if library in HOMES or library not in sys.stdlib_module_names | {"numpy", "knetpy"}:
            homes = HOMES.get(library, ())
            assert name.startswith(homes), f"{name}:{node.lineno} imports {target}, homes: {homes}"


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_runs_code_from_data(name):
    for _, target in every_import(name):
        assert target.split(".")[0] not in RUNS_CODE_FROM_FILES, f"{name} imports {target}"
    for node in ast.walk(SOURCES[name]):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in {"eval", "exec", "compile", "__import__"}, f"{name}:{node.lineno}"
            for word in node.keywords:
                pickled = word.arg == "allow_pickle" and ast.unparse(word.value) != "False"
                assert not pickled, f"{name}:{node.lineno} allows pickle"


def test_no_module_imports_itself_in_a_circle():
    graph = {}
    for name, tree in SOURCES.items():
        todo, targets = [tree], set()
        while todo:
            node = todo.pop()
            targets.update(imports(name, node))
            deferred = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            typing = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            todo += [] if deferred or typing else ast.iter_child_nodes(node)
        module = name.removesuffix(".__init__")
        graph[module] = (targets & MODULES) - {module}
    graphlib.TopologicalSorter(graph).prepare()


def run(code):
    env = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=env, check=True, capture_output=True, text=True
    )
    return shown.stdout.split()


def test_importing_knetpy_loads_no_library_that_waits_for_its_first_use():
    loaded = run(
        "import sys, knetpy; print(knetpy.__file__, *{m.split('.')[0] for m in sys.modules})"
    )
    assert loaded[0] == str(ROOT / "knetpy" / "__init__.py")
    assert "numpy" in loaded
    assert not LOADED_ON_FIRST_USE & set(loaded)


@pytest.mark.slow  # a timing: the best of several fresh interpreters, the first of which compiles
def test_importing_knetpy_takes_at_most_150_ms_more_than_numpy():
    timed = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"
    numpy, knetpy = (
        min(float(run(timed.format(name))[0]) for _ in range(7)) for name in ("numpy", "knetpy")
    )
    assert knetpy - numpy <= 0.15
