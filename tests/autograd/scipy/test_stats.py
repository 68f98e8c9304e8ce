"""Distributions: values of SciPy, gradients in everything that moves, ends and what is no value."""

import doctest
from functools import partial

import numpy as np
import pytest
from scipy import stats as known

from knetpy.autograd import Param, diff, value
from knetpy.autograd.gradcheck import gradcheck
from knetpy.autograd.scipy import stats

X = np.array([-1.7, 0.23, 0.61, 1.9])
U = np.array([0.07, 0.35, 0.61, 0.93])
LOC, SCALE = np.array([0.1, -0.05, 0.02, 0.01]), np.array([1.1, 1.7, 1.2, 2.3])
SHAPE, OTHER = np.array([1.3, 2.4, 3.5, 2.1]), np.array([2.2, 1.4, 4.1, 1.7])
CONTINUOUS = {
    "norm": (X,),
    "uniform": (U,),
    "expon": (U,),
    "laplace": (X,),
    "logistic": (X,),
    "cauchy": (X,),
    "gumbel_r": (X,),
    "gumbel_l": (X,),
    "lognorm": (U, SHAPE),
    "gamma": (U, SHAPE),
    "chi2": (U, SHAPE),
    "beta": (U, SHAPE, OTHER),
    "t": (X, SHAPE),
}
DISCRETE = {
    "poisson": (np.array([0, 1, 4, 2]), SHAPE),
    "binom": (np.array([0, 1, 4, 2]), 5, U),
    "bernoulli": (np.array([0, 1, 1, 0]), U),
}
METHODS = ("logpdf", "pdf", "cdf", "sf", "logcdf", "logsf")
EVERY = [(n, m) for n in CONTINUOUS for m in METHODS] + [
    (n, m.replace("pdf", "pmf")) for n in DISCRETE for m in METHODS
]


def recorded(f, *args, plain=()):
    found, f = [], partial(f, *plain)
    params = [Param(x) if np.asarray(x).dtype.kind == "f" else x for x in args]
    diff(lambda: found.append(value(f(*params))) or 0.0)
    return found[0]


def close(found, expected, atol=1e-300):
    return np.allclose(found, expected, rtol=1e-10, atol=atol, equal_nan=True)


@pytest.mark.parametrize("name, method", EVERY)
def test_values_and_gradients(name, method):
    f, g = getattr(getattr(stats, name), method), getattr(getattr(known, name), method)
    if name in DISCRETE:
        k, *shapes = DISCRETE[name]
        k = k * 0 if method == "logsf" else k  # beyond the last place all is -inf
        args = (k, *shapes)
        assert gradcheck(lambda p: f(k, *shapes[:-1], p), shapes[-1], order=2)
    else:
        x, *shapes = CONTINUOUS[name]
        args = (x * SCALE + LOC, *shapes, LOC, SCALE)
        order = 1 if shapes and "pdf" not in method else 2
        assert gradcheck(f, *args, order=order, rtol=1e-5)
    assert np.array_equal(f(*args), g(*args))
    assert close(recorded(f, *args), g(*args))


@pytest.mark.parametrize("name, method", EVERY)
def test_ends_and_what_is_no_value(name, method):
    f, g = getattr(getattr(stats, name), method), getattr(getattr(known, name), method)
    _, *shapes = (CONTINUOUS | DISCRETE)[name]
    x = np.array([-9.0, 30.0, 0.0, 1.0, 0.5])
    if name in DISCRETE:
        plain, args = (
            (x,),
            [s if np.ndim(s) == 0 else np.array([0.4, 0.4, 0.4, 0.4, -1]) for s in shapes],
        )
    else:
        plain = ()
        args = (x, *[np.array([1.5, 1.5, 1.5, 1.5, -1]) for _ in shapes], 0.0)
        args += (np.array([1.0, 1.0, 1.0, 1.0, -2.0]),)
    with np.errstate(all="ignore"):
        atol = 1e-15 if plain else 1e-300  # SciPy takes log(cdf) there, where cdf is nearly 1
        assert close(recorded(f, *args, plain=plain), g(*plain, *args), atol)


@pytest.mark.parametrize("name, method", EVERY)
def test_examples_run(name, method):
    doc = getattr(getattr(stats, name), method).__doc__
    case = doctest.DocTestParser().get_doctest(doc, dict(vars(stats)), name, None, 0)
    assert case.examples and doctest.DocTestRunner().run(case).failed == 0


def test_precision_is_scipys():
    x = X.astype("float32")
    assert recorded(stats.norm.logpdf, x).dtype == known.norm.logpdf(x).dtype
    p = Param(x)
    assert diff(lambda: np.sum(stats.norm.logpdf(p))).gradient(p).dtype == np.float32


def test_keywords_and_defaults():
    assert gradcheck(lambda s: stats.norm.logpdf(x=0.5, scale=s), 1.5, order=2)
    assert gradcheck(lambda a: stats.gamma.logpdf(0.5, a=a), 1.5, order=2)


@pytest.mark.parametrize(
    "name, args", [("poisson", (Param(1.0), 2.0)), ("binom", (1, Param(3.0), 0.5))]
)
def test_places_and_counts_are_no_arguments_to_differentiate(name, args):
    with pytest.raises(TypeError, match=f"{name} is not differentiable in"):
        diff(lambda: getattr(stats, name).logpmf(*args))


@pytest.mark.parametrize("x", [X[:2], X.reshape(2, 2)])
def test_normal_vectors(x):
    mean, root = np.array([0.3, -0.2]), np.array([[1.0, 0.4], [-0.3, 0.8]])
    for method in ("logpdf", "pdf"):
        f, g = (
            getattr(stats.multivariate_normal, method),
            getattr(known.multivariate_normal, method),
        )
        assert close(recorded(f, x, mean, root @ root.T), g(x, mean, root @ root.T))
        assert gradcheck(lambda x, m, r, f=f: f(x, m, r @ r.T), x, mean, root, order=2)
    for cov in (1.7, np.array([1.2, 0.7])):
        f, g = stats.multivariate_normal.logpdf, known.multivariate_normal.logpdf
        assert close(recorded(f, x, mean, cov), g(x, mean, cov))
        assert gradcheck(lambda c, f=f: f(x, mean, c), cov)
    assert gradcheck(lambda r: stats.multivariate_normal.entropy(mean, r @ r.T), root, order=2)
    with pytest.raises(NotImplementedError, match="full rank alone"):
        diff(lambda: np.sum(stats.multivariate_normal.pdf(Param(x), mean, allow_singular=True)))


def test_shares():
    alpha, x = np.array([1.5, 2.5, 0.7]), np.array([0.2, 0.5, 0.3])
    for method in ("logpdf", "pdf"):
        f, g = getattr(stats.dirichlet, method), getattr(known.dirichlet, method)
        assert close(recorded(f, x[:2], alpha), g(x[:2], alpha))
        assert close(recorded(lambda a, f=f: f(x, a), alpha), g(x, alpha))
        assert gradcheck(f, x[:2], alpha, order=2)
