"""The table of what is covered: nothing undecided, counts, claims held against the rows' tests."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from scipy import special

import knetpy
from knetpy.autograd.coverage import SPACES, lines, markdown, public, row_of, undecided
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.primitive import table
from tests.autograd.rules.harness import cases

PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"
LINES = {line.name: line for line in lines()}


def test_every_public_function_of_numpy_and_scipy_is_decided():
    assert undecided() == []


def test_at_least_420_functions_are_differentiable():
    assert len([line for line in LINES.values() if line.arguments]) >= 420


def test_the_page_is_what_is_printed():
    page, printed = PAGE.read_text(), markdown()
    if page.split("with ")[1].split(".\n")[0] != printed.split("with ")[1].split(".\n")[0]:
        pytest.skip("docs/coverage.md was printed with other versions of NumPy and SciPy")
    assert page == printed


@pytest.mark.parametrize(
    "name, arguments, complex_too, cupy",
    [
        ("numpy.add", "x1, x2", True, True),
        ("numpy.where", "x, y", True, True),
        ("numpy.ldexp", "x1", False, True),
        ("numpy.concatenate", "every array", True, True),
        ("numpy.floor", "", False, True),
        ("numpy.vecdot", "x1, x2", True, False),
        ("numpy.linalg.eigh", "a", True, True),
        ("scipy.special.jv", "z", True, False),
        ("scipy.special.gammainc", "a, x", False, True),
        ("scipy.linalg.expm", "A", True, False),
    ],
)
def test_lines(name, arguments, complex_too, cupy):
    line = LINES[name]
    assert (line.arguments, line.complex, line.cupy) == (arguments, complex_too, cupy)


def all_rows():
    here = Path(__file__).parent
    for path in sorted([*here.glob("rules/test_*.py"), *here.glob("scipy/**/test_*.py")]):
        module = ".".join(path.relative_to(here.parents[1]).with_suffix("").parts)
        yield from getattr(import_module(module), "ROWS", [])


U, Z = np.array([0.3, 0.6, 1.4, 2.0]), np.array([1 + 0.2j, 0.5 - 0.3j, 1.3 + 0.4j, 2 - 0.5j])
ours, through = knetpy.scipy.special, knetpy.scipy.interpolate
X, T, Q = np.arange(4.0), np.arange(7.0), np.array([0.3, 1.6])
KNOTS = np.array([0.0, 0.0, 1.0, 2.0, 3.0, 3.0])
SITES = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.2, 1.1]])
INSIDE = np.array([[0.3, 0.2], [0.5, 0.4]])
COMPLEX = {  # what no row says: complex in one argument, or with an option, or not to the last bit
    np.interp: lambda z: np.interp(U, U * 2, z),
    np.histogram: lambda z: np.histogram(U, 2, weights=z)[0],
    np.polydiv: lambda z: np.polydiv(z, z[1:3]),
    np.polyfit: lambda z: np.polyfit(U, z, 1),
    special.zeta: special.zeta,
    special.lambertw: special.lambertw,
    special.assoc_laguerre: lambda z: special.assoc_laguerre(z, 2, 0.5),
    ours.factorial: lambda z: ours.factorial(z, extend="complex"),
    ours.factorial2: lambda z: ours.factorial2(z, extend="complex"),
    ours.factorialk: lambda z: ours.factorialk(z, 3, extend="complex"),
    ours.legendre_p_all: lambda z: ours.legendre_p_all(2, z),
    ours.assoc_legendre_p_all: lambda z: ours.assoc_legendre_p_all(2, 1, z),
    knetpy.scipy.linalg.cdf2rdf: lambda z: knetpy.scipy.linalg.cdf2rdf(
        np.stack([z[0], np.conj(z[0])]), np.eye(2) + 0j
    ),
    knetpy.scipy.linalg.fiedler: knetpy.scipy.linalg.fiedler,
    through.AAA: lambda z: through.AAA(T, 1 / (T - 9 - z[0]))(Q),
    through.BPoly: lambda z: through.BPoly(z.reshape(2, 2), X[:3])(Q),
    through.BSpline: lambda z: through.BSpline(KNOTS, z, 1)(Q),
    through.BarycentricInterpolator: lambda z: through.BarycentricInterpolator(X, z)(Q),
    through.CloughTocher2DInterpolator: lambda z: through.CloughTocher2DInterpolator(
        SITES, z, tol=1e-14
    )(INSIDE),
    through.CubicHermiteSpline: lambda z: through.CubicHermiteSpline(X, z, 2 * z)(Q),
    through.CubicSpline: lambda z: through.CubicSpline(X, z)(Q),
    through.FloaterHormannInterpolator: lambda z: through.FloaterHormannInterpolator(X, z)(Q),
    through.KroghInterpolator: lambda z: through.KroghInterpolator(X, z)(Q),
    through.LinearNDInterpolator: lambda z: through.LinearNDInterpolator(SITES, z)(INSIDE),
    through.NdBSpline: lambda z: through.NdBSpline((KNOTS,), z, 1)(Q[:, None]),
    through.NdPPoly: lambda z: through.NdPPoly(z.reshape(2, 2), (X[:3],))(Q[:, None]),
    through.NearestNDInterpolator: lambda z: through.NearestNDInterpolator(SITES, z)(INSIDE),
    through.PPoly: lambda z: through.PPoly(z.reshape(2, 2), X[:3])(Q),
    through.RBFInterpolator: lambda z: through.RBFInterpolator(SITES, z)(INSIDE),
    through.RegularGridInterpolator: lambda z: through.RegularGridInterpolator((X,), z)(Q[:, None]),
    through.approximate_taylor_polynomial: lambda z: (
        z[0] * through.approximate_taylor_polynomial(lambda t: z[1] * t * t, 0.0, 2, 1.0)(Q)
    ),
    through.barycentric_interpolate: lambda z: through.barycentric_interpolate(X, z, Q),
    through.griddata: lambda z: through.griddata(SITES, z, INSIDE),
    through.interp1d: lambda z: through.interp1d(X, z)(Q),
    through.krogh_interpolate: lambda z: through.krogh_interpolate(X, z, Q),
    through.lagrange: lambda z: through.lagrange(X, z)(Q),
    through.make_interp_spline: lambda z: through.make_interp_spline(X, z)(Q),
    through.make_lsq_spline: lambda z: through.make_lsq_spline(X, z, KNOTS, 1)(Q),
    through.make_splrep: lambda z: through.make_splrep(X, z)(Q),
    through.pade: lambda z: through.pade(z, 1)[0](Q),
}


@pytest.mark.parametrize("f", COMPLEX, ids=lambda f: f.__name__)
def test_what_is_complex_by_one_argument_or_option(f):
    assert gradcheck(COMPLEX[f], Z)
    named = [x for name, x in LINES.items() if name.endswith(f".{f.__name__}")]
    assert [x.complex for x in named if x.arguments] == [True]


@pytest.mark.slow  # asks every function for complex arguments
def test_what_is_said_of_complex_numbers_is_what_the_rows_test():
    """Of functions that are no ufuncs, which list their types themselves."""
    tested = {id(table[f].f) for f in COMPLEX if f in table}
    for row in all_rows():
        for case in cases([row]):
            if case.id.endswith("complex128") and runs(case):
                tested.update(id(table[f].f) for f in row.of if f in table)
    for space in SPACES:
        for name, f in public(space):
            row = row_of(space, name, f)
            line = LINES.get(f"{space}.{name}")
            if row and line and line.arguments and not isinstance(row.f, np.ufunc):
                assert line.complex == (id(row.f) in tested), line.name


def runs(case):
    domains = case.domains[:1] if case.twice else case.domains
    try:
        case.f(*(d.array(k) for k, d in enumerate(domains)))
    except Exception:
        return False
    return True
