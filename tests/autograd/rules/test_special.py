"""scipy.special: every rule against finite differences, complex arguments, tails, refusals."""

import subprocess
import sys
from math import pi

import mpmath
import numpy as np
import pytest
import scipy.special as sp

from knetpy.autograd import Param, diff, grad, value
from knetpy.autograd.rules import special
from tests.autograd.rules.harness import (
    Domain,
    above_one,
    coverage_test,
    mutation_test,
    negative,
    nonzero,
    positive,
    real,
    row,
    rule_test,
    unit,
)

prob = Domain(lambda u: 0.1 + 0.8 * u)
high = Domain(lambda u: 0.6 + 0.3 * u)
middle = Domain(lambda u: 0.6 + 0.2 * u)
steep = Domain(lambda u: 3 + 2 * u)
large = Domain(lambda u: 5 + 4 * u)
COUNTS = np.array([2, 3, 4])
FEW = ("fortran", "reversed", "row", "column", "point", "outer")  # for SciPy's slow solvers
# SciPy solves for these parameters to 5 digits: too few for second differences, and for those in
# single precision.  test_noncentral.py compares them with mpmath's derivatives, in both orders.
COARSE = {"only": ("plain", "0d", "only", "point", "outer", "2to1"), "highest": 1, "rtol": 1e-3}
half, small, near_two = (
    Domain(lambda u, low=low, width=width: low + width * u)
    for low, width in ((0.45, 0.1), (0.3, 0.7), (1.8, 0.3))
)


def solved(f, k, cdf, slopes):
    """`f`, the inverse of `cdf` in argument k, to 10 digits: by a step that no gradient passes."""

    def exact(*x):
        y = f(*x)
        at = [*map(value, x[:k]), value(y), *map(value, x[k + 1 :])]
        return y - (cdf(*at) - value(x[k])) / slopes[k](*at)

    exact.__name__ = f.__name__
    return exact


# fmt: off
ROWS = [
    # error functions
    row(sp.erf, real),                        row(sp.erfc, real),
    row(sp.erfi, real),                       row(sp.erfcx, real),
    row(sp.dawsn, real),                      row(sp.wofz, real),
    row(sp.erfinv, unit),                     row(sp.erfcinv, prob),
    row(sp.ndtr, real),                       row(sp.log_ndtr, nonzero),
    row(sp.ndtri, prob),                      row(sp.ndtri_exp, negative),
    row(sp.fresnel, real),                    row(sp.voigt_profile, real, positive, positive),
    row(sp.modfresnelp, positive),            row(sp.modfresnelm, positive),
    row(sp.owens_t, real, real),
    # gamma, beta and zeta functions
    row(sp.gamma, positive),                  row(sp.gammaln, positive),
    row(sp.loggamma, positive),               row(sp.rgamma, nonzero),
    row(sp.psi, positive),                    row(sp.poch, positive, positive),
    row(sp.beta, positive, positive),         row(sp.betaln, positive, positive),
    row(sp.binom, large, positive),           row(sp.gammasgn, nonzero),
    row(sp.zeta, above_one, positive, of=sp._ufuncs._zeta),
    row(sp.zeta, above_one, of=sp._ufuncs._riemann_zeta, name="riemann_zeta"),
    row(sp.zetac, above_one),
    # logistic functions, logarithms, powers
    row(sp.expit, real),                      row(sp.log_expit, real),
    row(sp.logit, prob),                      row(sp.softplus, real, of=np.logaddexp),
    row(sp.xlogy, real, positive),            row(sp.xlog1py, real, positive),
    row(sp.entr, positive),
    row(sp.rel_entr, positive, positive, without=("twice",)),  # which is 0
    row(sp.kl_div, positive, positive),       row(sp.huber, positive, real),
    row(sp.pseudo_huber, positive, real),     row(sp.exprel, real),
    row(sp.boxcox, positive, real),           row(sp.boxcox1p, positive, real),
    row(sp.inv_boxcox, prob, prob),           row(sp.inv_boxcox1p, prob, prob),
    row(sp.powm1, positive, real),            row(sp.expm1, real),
    row(sp.log1p, positive),                  row(sp.cbrt, nonzero),
    row(sp.exp2, real),                       row(sp.exp10, real),
    row(sp.wrightomega, real),                row(sp.lambertw, positive, of=sp._ufuncs._lambertw),
    row(sp.agm, positive, positive),          row(sp.round, nonzero),
    # angles
    row(sp.sindg, real),                      row(sp.cosdg, nonzero),
    row(sp.tandg, real),                      row(sp.cotdg, nonzero),
    row(sp.cosm1, real),                      row(sp.radian, real, real, real),
    # integrals
    row(sp.exp1, positive),                   row(sp.expi, positive),
    row(sp.expn, 0, positive),                row(sp.expn, 1, positive),
    row(sp.expn, COUNTS, positive),           row(sp.spence, positive),
    row(sp.sici, positive),                   row(sp.shichi, positive),
    # distributions and their inverses
    row(sp.gammainc, positive, positive),     row(sp.gammaincc, positive, positive),
    row(sp.gammaincinv, positive, prob),      row(sp.gammainccinv, positive, prob),
    row(sp.betainc, positive, positive, prob),     row(sp.betaincc, positive, positive, prob),
    row(sp.betaincinv, positive, positive, prob),  row(sp.betainccinv, positive, positive, prob),
    row(sp.btdtria, prob, positive, prob, without=FEW),
    row(sp.btdtrib, positive, prob, prob, without=FEW),
    row(sp.chdtr, positive, positive),        row(sp.chdtrc, positive, positive),
    row(sp.chdtri, positive, prob),           row(sp.chdtriv, prob, positive),
    row(sp.gdtr, positive, positive, positive),    row(sp.gdtrc, positive, positive, positive),
    row(sp.gdtria, prob, positive, positive), row(sp.gdtrib, positive, prob, positive),
    row(sp.gdtrix, positive, positive, prob),
    row(sp.fdtr, positive, positive, positive),    row(sp.fdtrc, positive, positive, positive),
    row(sp.fdtri, above_one, above_one, prob),
    row(sp.fdtridfd, positive, middle, steep, without=FEW),
    row(sp.stdtr, positive, nonzero),         row(sp.stdtridf, high, above_one),
    row(sp.stdtrit, above_one, high),
    row(sp.chndtr, positive, positive, positive),  row(sp.chndtrix, prob, positive, positive),
    row(sp.chndtrinc, large, positive, middle, without=FEW),
    row(sp.chndtridf, large, middle, positive, without=FEW),
    row(sp.ncfdtr, positive, positive, positive, positive),
    row(sp.ncfdtri, steep, steep, positive, prob, without=FEW),
    row(solved(sp.ncfdtrinc, 2, sp.ncfdtr, special.F_NC), steep, steep, middle, steep,
        of=sp.ncfdtrinc, **COARSE),
    row(solved(sp.ncfdtridfn, 0, sp.ncfdtr, special.F_NC), middle, steep, steep, steep,
        of=sp.ncfdtridfn, **COARSE),
    row(solved(sp.ncfdtridfd, 1, sp.ncfdtr, special.F_NC), steep, half, small, near_two,
        of=sp.ncfdtridfd, **COARSE),
    row(sp.nctdtr, positive, real, real),     row(sp.nctdtrit, steep, real, prob),
    row(sp.nctdtrinc, 3.0, prob, real),
    row(solved(sp.nctdtrinc, 1, sp.nctdtr, special.T_NC), steep, prob, real,
        of=sp.nctdtrinc, **COARSE),
    row(solved(sp.nctdtridf, 0, sp.nctdtr, special.T_NC), middle, positive, large,
        of=sp.nctdtridf, **COARSE),
    row(sp.bdtr, COUNTS, 7, prob),            row(sp.bdtrc, COUNTS, 7, prob),
    row(sp.bdtri, COUNTS, 7, prob),           row(sp.bdtrik, high, large, prob, without=FEW),
    row(sp.bdtrin, positive, high, prob, without=FEW),
    row(sp.nbdtr, COUNTS, 7, prob),           row(sp.nbdtrc, COUNTS, 7, prob),
    row(sp.nbdtri, COUNTS, 7, prob),          row(sp.nbdtrik, high, large, prob, without=FEW),
    row(sp.nbdtrin, positive, high, prob, without=FEW),
    row(sp.pdtr, COUNTS, positive),           row(sp.pdtrc, COUNTS, positive),
    row(sp.pdtri, COUNTS, prob),              row(sp.pdtrik, high, positive),
    row(sp.nrdtrimn, prob, positive, real),   row(sp.nrdtrisd, real, high, large),
    row(sp.smirnov, COUNTS, prob),            row(sp.smirnovi, COUNTS, prob),
    row(sp.kolmogorov, positive),             row(sp.kolmogi, prob),
    row(sp.tklmbda, real, positive),
]
# fmt: on

test_rule = rule_test(ROWS)
test_every_rule_has_a_row = coverage_test(special, ROWS)
test_broken_rules_are_seen = mutation_test(special, ROWS)


def derivatives(f, x):
    """The first and the second."""
    return grad(f)(x), grad(lambda x: grad(f)(x))(x)


# A function, where, and mpmath's function: kinks of formulas, removable poles, far tails.
# fmt: off
HARD = [
    (sp.erfcx, 1e4, lambda x: mpmath.exp(x * x) * mpmath.erfc(x)),
    (sp.erfcx, 30.1, lambda x: mpmath.exp(x * x) * mpmath.erfc(x)),
    (sp.dawsn, -1e4, lambda x: mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(-x * x) * mpmath.erfi(x)),
    (sp.log_ndtr, -1e4, lambda x: mpmath.log(mpmath.ncdf(x))),
    (sp.log_ndtr, -1.0, lambda x: mpmath.log(mpmath.ncdf(x))),
    (sp.rgamma, 0.0, mpmath.rgamma),          (sp.rgamma, -3.0, mpmath.rgamma),
    (sp.psi, -2.5, mpmath.digamma),           (sp.gamma, -1.5, mpmath.gamma),
    (sp.zeta, -3.3, mpmath.zeta),             (sp.zeta, 0.5, mpmath.zeta),
    (sp.zetac, -2.0, mpmath.zeta),
    (lambda q: sp.zeta(3.0, q), -1.5, lambda q: mpmath.zeta(3, q)),
    (sp.spence, 1.0, lambda x: mpmath.polylog(2, 1 - x)),
    (sp.spence, 0.01, lambda x: mpmath.polylog(2, 1 - x)),
    (lambda x: sp.sici(x)[0], 0.0, mpmath.si), (lambda x: sp.sici(x)[0], 20.0, mpmath.si),
    (lambda x: sp.shichi(x)[0], 0.0, mpmath.shi), (lambda x: sp.shichi(x)[1], 5.0, mpmath.chi),
    (sp.exprel, 0.0, lambda x: mpmath.expm1(x) / x if x else 1),
    (sp.exprel, -300.0, lambda x: mpmath.expm1(x) / x),
    (lambda x: sp.boxcox(2.0, x), 0.0, lambda x: (2**x - 1) / x if x else mpmath.log(2)),
    (lambda x: sp.inv_boxcox(1.0, x), 0.0, lambda x: (1 + x) ** (1 / x) if x else mpmath.e),
    (lambda x: sp.agm(x, 2.0), 2.0, lambda x: mpmath.agm(x, 2)),
    (lambda x: sp.agm(x, 2.0), 2e-5, lambda x: mpmath.agm(x, 2)),
    (lambda x: sp.nctdtr(4.0, 1.0, x), 0.0, lambda t: noncentral_t(4, 1, t)),
    (lambda x: sp.nctdtr(4.0, x, -2.0), 3.0, lambda nc: noncentral_t(4, nc, -2)),
    (lambda x: sp.stdtr(x, 1.5), 300.0, lambda df: student(df, 1.5)),
    (lambda x: sp.stdtr(4.0, x), 0.0, lambda t: student(4, t)),
    (lambda x: sp.fdtr(x, 3.0, 50.0), 2.0, lambda d: fisher(d, 3, 50)),
    *((sp.kolmogorov, x, lambda x: theta(x)) for x in (0.3, 0.79, 0.81, 3.0)),
    (lambda x: sp.expn(0, x), 0.5, lambda x: mpmath.expint(0, x)),
    (lambda x: sp.expn(30, x), 2.0, lambda x: mpmath.expint(30, x)),
    (lambda x: sp.gammainc(x, 0.5), 0.0, lambda a: mpmath.gammainc(a, 0, 0.5, True) if a else 1),
    (lambda x: sp.voigt_profile(1.0, 0.5, x), 1e-3, lambda g: voigt(1, 0.5, g)),
]
# fmt: on


def student(df, t):
    part = mpmath.betainc(mpmath.mpf(1) / 2, df / 2, 0, t * t / (df + t * t), True) / 2
    return 0.5 + mpmath.sign(t) * part


def fisher(dfn, dfd, f):
    return mpmath.betainc(dfn / 2, dfd / mpmath.mpf(2), 0, f * dfn / (f * dfn + dfd), True)


def noncentral_t(df, nc, t):
    constant = 2 * (mpmath.mpf(df) / 2) ** (mpmath.mpf(df) / 2) / mpmath.gamma(df / 2)
    return mpmath.quad(
        lambda v: constant * v ** (df - 1) * mpmath.exp(-df * v * v / 2) * mpmath.ncdf(t * v - nc),
        [0, 1.5, 6],
    )


def theta(x):
    return 2 * sum((-1) ** (k - 1) * mpmath.exp(-2 * k * k * x * x) for k in range(1, 60))


def voigt(x, sigma, gamma):
    z = mpmath.mpc(x, gamma) / (sigma * mpmath.sqrt(2))
    w = mpmath.exp(-z * z) * mpmath.erfc(-1j * z)
    return mpmath.re(w) / (sigma * mpmath.sqrt(2 * mpmath.pi))


@pytest.mark.parametrize("f, x, reference", HARD, ids=map(str, range(len(HARD))))
def test_both_orders_where_formulas_cancel_or_change(f, x, reference):
    with mpmath.workdps(40):
        expected = [mpmath.diff(reference, mpmath.mpf(x), n, h=mpmath.mpf("1e-10")) for n in (1, 2)]
    for found, wanted in zip(derivatives(f, x), expected, strict=True):
        assert found == pytest.approx(float(wanted), rel=1e-9)


def test_far_right_of_the_normal_distribution_nothing_overflows():
    assert derivatives(sp.log_ndtr, 40.0) == (0.0, 0.0)
    assert derivatives(sp.kolmogorov, 0.0) == (0.0, 0.0)


def test_a_widthless_voigt_profile_is_lorentzian():
    first, second = derivatives(lambda x: sp.voigt_profile(x, 0.0, 0.5), 1.0)
    assert (first, second) == pytest.approx((-1 / pi / 1.25**2, (3 - 0.25) / pi / 1.25**3))
    assert grad(lambda sigma: sp.voigt_profile(1.0, sigma, 0.5))(0.0) == 0.0


def test_0_log_0_has_no_slope():
    assert grad(lambda x: sp.xlogy(0.0, x))(0.0) == 0.0
    assert grad(lambda x: sp.xlogy(x, 0.0))(0.0) == 0.0
    assert grad(lambda x: sp.xlog1py(x, -1.0))(0.0) == 0.0


def test_inverses_of_counts_do_not_move_below_zero():
    assert sp.pdtrik(0.2, 1.0) == 0.0
    assert grad(lambda p: sp.pdtrik(p, 1.0))(0.2) == 0.0
    assert grad(lambda p: sp.bdtrik(p, 3.0, 0.1))(0.2) == 0.0


def test_noncentral_chi_squared_far_out_agrees_with_itself():
    """Both formulas of the density, against the recurrence in the degrees of freedom."""
    for x, nc in (820.0, 800.0), (9.9, 10.0), (10.1, 10.0):
        found = grad(lambda x, nc=nc: sp.chndtr(x, 5.0, nc))(x)
        assert found == pytest.approx((sp.chndtr(x, 3.0, nc) - sp.chndtr(x, 5.0, nc)) / 2, rel=1e-8)


FIXED = [
    (sp.expn, 0, "n", (2.0, 0.5)),
    (sp.bdtr, 0, "k", (1.0, 3, 0.5)),
    (sp.pdtr, 0, "k", (1.0, 0.5)),
    (sp.smirnov, 0, "n", (2.0, 0.5)),
    (sp.hyp1f1, 0, "a", (2.0, 3.0, 0.5)),
]


@pytest.mark.parametrize("f, k, name, args", FIXED, ids=[f.__name__ for f, *_ in FIXED])
def test_orders_and_counts_raise_when_they_are_tracked(f, k, name, args):
    x = Param(args[k])
    message = (
        rf"scipy\.special\.{f.__name__} is not differentiable in {name}, which diff is "
        rf"recording; pass value\({name}\)"
    )
    with pytest.raises(TypeError, match=message):
        diff(lambda: f(*args[:k], x, *args[k + 1 :]))
    with pytest.raises(TypeError, match=message):
        diff(lambda: f(*args[:k], x * 1, *args[k + 1 :]))
    diff(lambda: x * f(*args[:k], value(x), *args[k + 1 :]))


@pytest.mark.parametrize(
    "first", [("sp.erf(x)", 0.8787825789354448), ("sp.xlogy.outer(x, 2.0)", 0.6931471805599453)]
)
def test_scipy_is_imported_by_its_user_alone(first):
    code = (
        "import sys, numpy as np; from knetpy import Param, diff, grad;"
        "assert not [m for m in sys.modules if m.startswith('scipy')];"
        "import scipy.special as sp; x = Param(0.5);"
        "assert 'knetpy.autograd.rules.special' not in sys.modules;"
        "assert abs(grad(diff(lambda: {}), x) - {}) < 1e-15;"
        "assert 'knetpy.autograd.rules.special' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code.format(*first)], check=True)


def test_what_has_no_rule_is_refused_by_its_name():
    unruled = np.frompyfunc(abs, 1, 1)
    with pytest.raises(NotImplementedError, match="has no gradient rule; add one with primitive"):
        diff(lambda: unruled(Param(1.0)))
