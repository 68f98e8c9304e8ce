"""The house rules that a machine can see: sizes, mirrored tests, documented names."""

import ast
import doctest
import importlib
import re
import statistics
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = sorted((ROOT / "knetpy").rglob("*.py"))
EVERYWHERE = [
    path
    for folder in ("knetpy", "tests", "examples", "benchmarks", "data", "docs")
    for path in sorted((ROOT / folder).rglob("*.py"))
]


def short(path):
    return path.relative_to(ROOT).as_posix()


def body_lines(function):
    """Lines of a function's body without its docstring."""
    skipped = function.body[0].end_lineno if ast.get_docstring(function) else None
    first = skipped + 1 if skipped else function.body[0].lineno
    return max(0, function.end_lineno - first + 1)


BODIES = {
    f"{short(path)}:{node.lineno} {node.name}": body_lines(node)
    for path in PACKAGE
    for node in ast.walk(ast.parse(path.read_text()))
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
}


def test_files_have_at_most_300_lines():
    lengths = {
        short(p): len(p.read_text().splitlines()) for p in PACKAGE if p.parent.name != "rules"
    }
    assert {path: n for path, n in lengths.items() if n > 300} == {}


def test_lines_have_at_most_100_characters():
    wide = [
        f"{short(path)}:{number}"
        for path in EVERYWHERE
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > 100
    ]
    assert wide == []


def test_function_bodies_have_at_most_40_lines_and_a_median_of_5():
    assert {name: n for name, n in BODIES.items() if n > 40} == {}
    assert statistics.median(BODIES.values()) <= 5


def test_examples_have_at_most_90_lines_and_those_to_begin_with_fewer_than_50():
    lengths = {p.stem: len(p.read_text().splitlines()) for p in (ROOT / "examples").glob("*.py")}
    assert {name: n for name, n in lengths.items() if n > 90} == {}
    assert max(lengths[name] for name in ("linear_regression", "mnist_mlp", "mnist_lenet")) < 50


@pytest.mark.parametrize("path", PACKAGE, ids=short)
def test_every_module_says_what_it_is_for(path):
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text)), f"{short(path)} needs a docstring"
    left = [word for word in ("TODO", "FIXME", "XXX") if word in text]
    assert not left, f"{short(path)} leaves {left}"


@pytest.mark.parametrize("path", [p for p in PACKAGE if p.stem != "__init__"], ids=short)
def test_every_module_has_its_test_file(path):
    folder = ROOT / "tests" / path.parent.relative_to(ROOT / "knetpy")
    assert (folder / f"test_{path.stem}.py").is_file(), f"{short(folder)}/test_{path.stem}.py?"


def test_the_wheel_holds_every_package():
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    found = {short(path.parent).replace("/", ".") for path in PACKAGE if path.stem == "__init__"}
    data = {f"knetpy._data.{p.name}" for p in (ROOT / "data").iterdir() if p.is_dir()}
    assert set(listed) == found | data


def public_names():
    """`module`, `name` of all that a user may import: from the package, its parts and modules."""
    parts = [p for p in PACKAGE if p.parent == ROOT / "knetpy" or p.stem == "__init__"]
    for path in parts:
        dotted = short(path.with_suffix("")).replace("/", ".").removesuffix(".__init__")
        if dotted.startswith(("knetpy.kernels", "knetpy.autograd.rules")):
            continue
        module = importlib.import_module(dotted)
        own = [n for n, v in vars(module).items() if getattr(v, "__module__", "") == dotted]
        for name in getattr(module, "__all__", own):
            if not name.startswith("_"):
                yield module, name


PUBLIC = list(public_names())


@pytest.mark.parametrize("module, name", PUBLIC, ids=[f"{m.__name__}.{n}" for m, n in PUBLIC])
def test_every_public_name_is_documented_by_an_example(module, name):
    thing = getattr(module, name)
    if isinstance(thing, ModuleType):
        assert thing.__doc__
    elif not callable(thing):
        assert f"`{name}`" in module.__doc__, f"the docstring of {module.__name__} explains {name}"
    else:
        doc = thing.__doc__ or ""
        examples = doctest.DocTestParser().get_examples(doc)
        assert examples, f"{name} needs an example in its docstring"
        run_if_doctest_passes_it_by(thing, doc)


def run_if_doctest_passes_it_by(thing, doc):
    """Doctest looks only for functions and classes; other callables are run here."""
    home = importlib.import_module(getattr(thing, "__module__", "builtins"))
    if doc not in {case.docstring for case in doctest.DocTestFinder().find(home)}:
        parser = doctest.DocTestParser()
        case = parser.get_doctest(doc, dict(vars(home)), repr(thing), home.__file__, 0)
        assert doctest.DocTestRunner().run(case).failed == 0


def test_no_name_of_a_test_holds_an_address(request):
    """Parallel workers must collect the same names, and addresses differ between them."""
    assert not [
        item.nodeid for item in request.session.items if re.search(r"\bat ?0x|at0x", item.nodeid)
    ]
