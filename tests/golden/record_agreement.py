"""Record PyTorch's gradients of the functions that NumPy, SciPy and PyTorch have in common:

    python tests/golden/record_agreement.py        writes agreement.npz

Each case is a function of ours and PyTorch's, with the domains of its arrays; what it gives is
summed with irregular weights.  `test_agreement.py` holds our gradients against the record.
np.fft and np.linalg have a record of their own.
"""

from pathlib import Path

import numpy as np
import scipy.special as sp

FILE = Path(__file__).with_name("agreement.npz")
SHAPE = (3, 4)

DOMAINS = {
    "real": lambda u: 4 * u - 2.04,
    "positive": lambda u: 0.3 + 2 * u,
    "nonzero": lambda u: np.where(u < 0.5, -0.3 - 3 * u, 0.3 + 3 * (u - 0.5)),
    "unit": lambda u: 1.8 * u - 0.9,
    "above": lambda u: 1.2 + 2 * u,
    "chance": lambda u: 0.05 + 0.9 * u,
}
IDS = np.array([[2, 0, 0, 1], [1, 1, 2, 0], [0, 2, 1, 2]])
MASK = IDS > 0


def entries(domain, shape, k, kind):
    """Distinct numbers of the domain, in an irregular order; another set for each argument."""
    n = int(np.prod(shape))
    order = np.random.default_rng(n + k).permutation(n)
    x = DOMAINS[domain]((order + 0.1 + 0.231 * k) / max(n, 1)).reshape(shape)
    return x + 1j * (0.3 + np.cos(7 * x) / 4) if kind == "complex128" else x


def weights(shape):
    n = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    return 1 + np.sin(n * n) / 2


# fmt: off
# name: (ours, PyTorch's, the domains of the arguments with shapes, also complex: True or "only")
def same(name, torch_name="", *domains, c=False, of=np):
    ours = getattr(of, name)
    path = (torch_name or name).split(".")

    def theirs(t, *x):
        for part in path:
            t = getattr(t, part)
        return t(*x)

    return ours, theirs, domains, c


CASES = {
    # elementwise
    **{name: same(name, "", "real", c=True) for name in (
        "exp", "sin", "cos", "sinh", "cosh", "tanh", "square", "negative", "positive", "real")},
    **{name: same(name, "", "real") for name in ("exp2", "expm1", "deg2rad", "rad2deg", "sinc")},
    **{name: same(name, "", "positive", c=True) for name in (
        "log", "log2", "log10", "log1p", "sqrt", "reciprocal")},
    **{name: same(name, "", "unit", c=True) for name in ("tan", "arcsin", "arccos", "arctanh")},
    **{name: same(name, "", "real", c=True) for name in ("arctan", "arcsinh")},
    "imag": (np.imag, lambda t, x: t.imag(x), ("real",), "only"),
    "conjugate": (np.conjugate, lambda t, x: t.conj(x).resolve_conj(), ("real",), "only"),
    "angle": same("angle", "", "real", c="only"),
    "sign": same("sign", "sgn", "nonzero", c="only"),
    "arccosh": same("arccosh", "", "above", c=True),
    "absolute": same("absolute", "", "nonzero", c=True),
    "fabs": same("fabs", "abs", "nonzero"),
    "degrees": same("degrees", "rad2deg", "real"),
    "radians": same("radians", "deg2rad", "real"),
    "cbrt": (np.cbrt, lambda t, x: t.sgn(x) * t.abs(x) ** (1 / 3), ("nonzero",), False),
    "nan_to_num": same("nan_to_num", "", "real"),
    **{name: same(name, "", "real", "nonzero", c=True) for name in (
        "add", "subtract", "multiply", "divide")},
    **{name: same(name, "", "real", "nonzero") for name in (
        "maximum", "minimum", "fmax", "fmin", "fmod", "remainder", "hypot", "arctan2",
        "logaddexp", "logaddexp2")},
    "copysign": (np.copysign, lambda t, a, b: t.copysign(a, b.detach()), ("nonzero", "nonzero"),
                 False),
    "power": same("power", "pow", "positive", "real", c=True),
    "float_power": same("float_power", "", "positive", "real", c=True),
    "ldexp": (lambda x: np.ldexp(x, IDS), lambda t, x: t.ldexp(x, t.tensor(IDS)), ("real",), False),
    "heaviside": (lambda x: np.heaviside(x, 0.5) * x, lambda t, x: t.heaviside(
        x.detach(), t.tensor(0.5, dtype=x.dtype)) * x, ("nonzero",), False),
    "frexp": (lambda x: np.frexp(x)[0], lambda t, x: t.frexp(x)[0], ("nonzero",), False),
    "modf": (lambda x: np.modf(x)[0], lambda t, x: t.frac(x), ("nonzero",), False),
    "clip": (lambda x: np.clip(x, -1, 1), lambda t, x: t.clamp(x, -1, 1), ("real",), False),
    "where": (lambda a, b: np.where(MASK, a, b), lambda t, a, b: t.where(t.tensor(MASK), a, b),
              ("real", "real"), True),
    "i0": same("i0", "", "real"),
    # reductions, statistics
    **{name: same(name, "", "positive", c=True) for name in ("sum", "mean", "prod")},
    "max": same("max", "", "real"), "min": same("min", "", "real"),
    "amax": (lambda x: np.amax(x, axis=1), lambda t, x: t.amax(x, 1), ("real",), False),
    "amin": (lambda x: np.amin(x, axis=0), lambda t, x: t.amin(x, 0), ("real",), False),
    "var": (lambda x: np.var(x, axis=1, ddof=1), lambda t, x: t.var(x, 1), ("real",), True),
    "std": (lambda x: np.std(x, axis=0, ddof=1), lambda t, x: t.std(x, 0), ("real",), True),
    "ptp": (lambda x: np.ptp(x, axis=1), lambda t, x: t.amax(x, 1) - t.amin(x, 1), ("real",),
                    False),
    "median": (lambda x: np.median(x, axis=0), lambda t, x: t.median(x, 0)[0], ("real",), False),
    "quantile": (lambda x: np.quantile(x, [0.2, 0.7], axis=1), lambda t, x: t.quantile(
        x, t.tensor([0.2, 0.7], dtype=x.dtype), dim=1), ("real",), False),
    "percentile": (lambda x: np.percentile(x, 30, axis=1), lambda t, x: t.quantile(x, 0.3, dim=1),
                   ("real",), False),
    "nansum": same("nansum", "", "real"), "nanmean": same("nanmean", "", "real"),
    "nanmedian": (lambda x: np.nanmedian(x, axis=0), lambda t, x: t.nanmedian(x, 0)[0], ("real",),
                  False),
    "nanquantile": (lambda x: np.nanquantile(x, 0.3, axis=0), lambda t, x: t.nanquantile(
        x, 0.3, dim=0), ("real",), False),
    "average": (lambda x, w: np.average(x, axis=1, weights=w), lambda t, x, w: (x * w).sum(1)
                / w.sum(1), ("real", "positive"), False),
    "cov": same("cov", "", "real", c=True), "corrcoef": same("corrcoef", "", "real", c=True),
    "trapezoid": (lambda y: np.trapezoid(y, axis=1), lambda t, y: t.trapezoid(y, dim=1), ("real",),
                  True),
    "cumsum": (lambda x: np.cumsum(x, axis=1), lambda t, x: t.cumsum(x, 1), ("real",), True),
    "cumprod": (lambda x: np.cumprod(x, axis=1), lambda t, x: t.cumprod(x, 1), ("nonzero",), True),
    "cumulative_sum": (lambda x: np.cumulative_sum(x, axis=0), lambda t, x: t.cumsum(x, 0),
                       ("real",), True),
    "cumulative_prod": (lambda x: np.cumulative_prod(x, axis=0), lambda t, x: t.cumprod(x, 0),
                        ("nonzero",), True),
    "diff": (lambda x: np.diff(x, 2, axis=1), lambda t, x: t.diff(x, 2, 1), ("real",), True),
    "gradient": (lambda x: np.gradient(x, axis=1), lambda t, x: t.gradient(x, dim=1)[0], ("real",),
                 True),
    "sort": (lambda x: np.sort(x, axis=0), lambda t, x: t.sort(x, 0)[0], ("real",), False),
    "maximum.accumulate": (lambda x: np.maximum.accumulate(x, axis=1), lambda t, x: t.cummax(
        x, 1)[0], ("real",), False),
    "minimum.accumulate": (lambda x: np.minimum.accumulate(x, axis=1), lambda t, x: t.cummin(
        x, 1)[0], ("real",), False),
    "logaddexp.accumulate": (lambda x: np.logaddexp.accumulate(x, axis=1), lambda t, x:
                             t.logcumsumexp(x, 1), ("real",), False),
    "convolve": (np.convolve, lambda t, a, b: t.nn.functional.conv1d(
        a[None, None], b.flip(0)[None, None], padding=len(b) - 1)[0, 0], ("real 6", "real 4"),
                    True),
    "correlate": (np.correlate, lambda t, a, b: t.nn.functional.conv1d(
        a[None, None], b.conj()[None, None])[0, 0], ("real 6", "real 4"), True),
    "bincount": (lambda w: np.bincount(IDS[0], w), lambda t, w: t.bincount(
        t.tensor(IDS[0]), w) if not w.requires_grad else t.zeros(3, dtype=w.dtype).index_add(
        0, t.tensor(IDS[0]), w), ("real 4",), False),
    # shapes, joining, selection
    "reshape": (lambda x: np.reshape(x, (4, 3)), lambda t, x: t.reshape(x, (4, 3)), ("real",),
                    True),
    "ravel": same("ravel", "", "real", c=True),
    "transpose": (np.transpose, lambda t, x: x.T, ("real",), True),
    "permute_dims": (lambda x: np.permute_dims(x, (1, 0)), lambda t, x: t.permute(x, (1, 0)),
                     ("real",), True),
    "matrix_transpose": (np.matrix_transpose, lambda t, x: x.mT, ("real",), True),
    "swapaxes": (lambda x: np.swapaxes(x, 0, 2), lambda t, x: t.swapaxes(x, 0, 2), ("real 2 3 4",),
                 True),
    "moveaxis": (lambda x: np.moveaxis(x, 0, 2), lambda t, x: t.moveaxis(x, 0, 2), ("real 2 3 4",),
                 True),
    "rollaxis": (lambda x: np.rollaxis(x, 2), lambda t, x: t.moveaxis(x, 2, 0), ("real 2 3 4",),
                 True),
    "squeeze": same("squeeze", "", "real 1 3 1", c=True),
    "expand_dims": (lambda x: np.expand_dims(x, 1), lambda t, x: t.unsqueeze(x, 1), ("real",),
                    True),
    "broadcast_to": (lambda x: np.broadcast_to(x, (2, 3, 4)), lambda t, x: t.broadcast_to(
        x, (2, 3, 4)), ("real",), True),
    "broadcast_arrays": (lambda a, b: np.broadcast_arrays(a, b)[1], lambda t, a, b:
                         t.broadcast_tensors(a, b)[1] + 0 * a, ("real", "real 4"), False),
    "atleast_1d": same("atleast_1d", "", "real", c=True),
    "atleast_2d": same("atleast_2d", "", "real 4", c=True),
    "atleast_3d": same("atleast_3d", "", "real", c=True),
    "flip": (np.flip, lambda t, x: t.flip(x, (0, 1)), ("real",), True),
    "fliplr": same("fliplr", "", "real", c=True), "flipud": same("flipud", "", "real", c=True),
    "rot90": same("rot90", "", "real", c=True),
    "roll": (lambda x: np.roll(x, (1, 2), (0, 1)), lambda t, x: t.roll(x, (1, 2), (0, 1)),
             ("real",), True),
    "tile": (lambda x: np.tile(x, (2, 3)), lambda t, x: t.tile(x, (2, 3)), ("real",), True),
    "repeat": (lambda x: np.repeat(x, [2, 0, 1], axis=0), lambda t, x: t.repeat_interleave(
        x, t.tensor([2, 0, 1]), dim=0), ("real",), True),
    "pad": (lambda x: np.pad(x, ((1, 2), (0, 3))), lambda t, x: t.nn.functional.pad(
        x, (0, 3, 1, 2)), ("real",), True),
    "pad reflect": (lambda x: np.pad(x, ((0, 0), (2, 1)), mode="reflect"), lambda t, x:
                    t.nn.functional.pad(x, (2, 1), mode="reflect"), ("real",), False),
    "concatenate": (lambda a, b: np.concatenate([a, b], axis=1), lambda t, a, b: t.concatenate(
        [a, b], 1), ("real", "real 3 2"), True),
    "concat": (lambda a, b: np.concat([a, b]), lambda t, a, b: t.concat([a, b]),
               ("real", "real 1 4"), True),
    **{name: (lambda a, b, name=name: getattr(np, name)([a, b]), lambda t, a, b, name=name: getattr(
        t, name)([a, b]), ("real", "real"), True) for name in (
        "stack", "hstack", "vstack", "dstack", "column_stack")},
    "split": (lambda x: np.split(x, 2, axis=1)[1], lambda t, x: t.split(x, 2, 1)[1], ("real",),
                    True),
    "array_split": (lambda x: np.array_split(x, 3, axis=1)[0], lambda t, x: t.tensor_split(
        x, 3, 1)[0], ("real",), True),
    "hsplit": (lambda x: np.hsplit(x, 2)[0], lambda t, x: t.hsplit(x, 2)[0], ("real",), True),
    "vsplit": (lambda x: np.vsplit(x, 3)[1], lambda t, x: t.vsplit(x, 3)[1], ("real",), True),
    "dsplit": (lambda x: np.dsplit(x, 2)[1], lambda t, x: t.dsplit(x, 2)[1], ("real 2 3 4",), True),
    "unstack": (lambda x: np.unstack(x)[1], lambda t, x: t.unbind(x)[1], ("real",), True),
    "meshgrid": (lambda a, b: np.meshgrid(a, b, indexing="ij")[0] * b, lambda t, a, b: t.meshgrid(
        a, b, indexing="ij")[0] * b, ("real 3", "real 4"), True),
    "tril": same("tril", "", "real", c=True), "triu": same("triu", "", "real", c=True),
    "diag": same("diag", "", "real", c=True), "diagonal": same("diagonal", "", "real", c=True),
    "diagflat": same("diagflat", "", "real", c=True),
    "trace": same("trace", "", "real 4 4", c=True),
    "vander": (np.vander, lambda t, x: t.stack([x**3, x**2, x, x**0], 1), ("real 4",), False),
    "take": (lambda x: np.take(x, IDS), lambda t, x: t.take(x, t.tensor(IDS)), ("real",), True),
    "take_along_axis": (lambda x: np.take_along_axis(x, IDS, 1), lambda t, x: t.take_along_dim(
        x, t.tensor(IDS), 1), ("real",), True),
    "compress": (lambda x: np.compress([True, False, True], x, axis=0), lambda t, x: x[[0, 2]],
                 ("real",), True),
    "extract": (lambda x: np.extract(MASK, x), lambda t, x: t.masked_select(x, t.tensor(MASK)),
                ("real",), True),
    "choose": (lambda a, b, c: np.choose(IDS, [a, b, c]), lambda t, a, b, c: t.stack(
        [a, b, c]).gather(0, t.tensor(IDS)[None])[0], ("real", "real", "real"), True),
    "select": (lambda a, b: np.select([MASK, IDS == 0], [a, b]), lambda t, a, b: t.where(
        t.tensor(MASK), a, b), ("real", "real"), True),
    "sliding_window_view": (lambda x: np.lib.stride_tricks.sliding_window_view(x, 3, axis=1),
                            lambda t, x: x.unfold(1, 3, 1), ("real",), True),
    "full_like": (lambda v: np.full_like(v * np.ones(SHAPE), v), lambda t, v: v.expand(SHAPE),
                  ("real 1",), False),
    "copy": (np.copy, lambda t, x: t.clone(x), ("real",), True),
    "linspace": (lambda a, b: np.linspace(a, b, 5), lambda t, a, b: a + (b - a) * t.linspace(
        0, 1, 5, dtype=t.float64)[:, None], ("real 3", "real 3"), False),
    "logspace": (lambda a, b: np.logspace(a, b, 5), lambda t, a, b: 10 ** (a + (b - a) * t.linspace(
        0, 1, 5, dtype=t.float64)[:, None]), ("unit 3", "unit 3"), False),
    "getitem": (lambda x: x[[0, 2, 0], ::-2], lambda t, x: x[[0, 2, 0]][:, [3, 1]], ("real",),
                    True),
    "getitem mask": (lambda x: x[MASK], lambda t, x: x[t.tensor(MASK)], ("real",), True),
    # products
    "matmul": same("matmul", "", "real 3 4", "real 4 2", c=True),
    "matmul stack": same("matmul", "", "real 2 1 3 4", "real 3 4 2", c=True),
    "dot": same("dot", "", "real 4", "real 4", c=True),
    "vdot": same("vdot", "", "real 4", "real 4", c=True),
    "inner": same("inner", "", "real 3 4", "real 2 4", c=True),
    "outer": same("outer", "", "real 3", "real 4", c=True),
    "kron": same("kron", "", "real 2 3", "real 3 2", c=True),
    "cross": same("cross", "linalg.cross", "real 4 3", "real 4 3", c=True),
    "vecdot": same("vecdot", "linalg.vecdot", "real 3 4", "real 3 4", c=True),
    "matvec": (np.matvec, lambda t, a, b: t.matmul(a, b[..., None])[..., 0], ("real 3 4", "real 4"),
               True),
    "vecmat": (np.vecmat, lambda t, a, b: t.matmul(a.conj()[..., None, :], b)[..., 0, :],
               ("real 3", "real 3 4"), True),
    "tensordot": (lambda a, b: np.tensordot(a, b, ([2, 0], [0, 1])), lambda t, a, b: t.tensordot(
        a, b, ([2, 0], [0, 1])), ("real 2 3 4", "real 4 2 5"), True),
    "einsum": (lambda a, b: np.einsum("ijk,kj->i", a, b), lambda t, a, b: t.einsum(
        "ijk,kj->i", a, b), ("real 2 3 4", "real 4 3"), True),
    "polyval": (lambda p, x: np.polyval(p, x), lambda t, p, x: (p[0] * x + p[1]) * x + p[2],
                ("real 3", "real 4"), True),
    # scipy.special
    **{name: same(name, torch_name, *domains, of=sp) for name, torch_name, *domains in (
        ("erf", "special.erf", "real"), ("erfc", "special.erfc", "real"),
        ("erfcx", "special.erfcx", "real"), ("erfinv", "special.erfinv", "unit"),
        ("ndtr", "special.ndtr", "real"), ("log_ndtr", "special.log_ndtr", "real"),
        ("ndtri", "special.ndtri", "chance"), ("expit", "special.expit", "real"),
        ("logit", "special.logit", "chance"), ("entr", "special.entr", "positive"),
        ("xlogy", "special.xlogy", "positive", "positive"),
        ("xlog1py", "special.xlog1py", "positive", "positive"),
        ("gammaln", "special.gammaln", "positive"), ("i0e", "special.i0e", "real"),
        ("i1", "special.i1", "real"), ("i1e", "special.i1e", "real"),
        ("log_expit", "nn.functional.logsigmoid", "real"),
    )},
    "gamma": (sp.gamma, lambda t, x: t.exp(t.lgamma(x)), ("positive",), False),
    "rgamma": (sp.rgamma, lambda t, x: t.exp(-t.lgamma(x)), ("positive",), False),
    "beta": (sp.beta, lambda t, a, b: t.exp(t.lgamma(a) + t.lgamma(b) - t.lgamma(a + b)),
             ("positive", "positive"), False),
    "betaln": (sp.betaln, lambda t, a, b: t.lgamma(a) + t.lgamma(b) - t.lgamma(a + b),
               ("positive", "positive"), False),
    "poch": (sp.poch, lambda t, a, b: t.exp(t.lgamma(a + b) - t.lgamma(a)),
             ("positive", "positive"), False),
    "gammainc": (lambda x: sp.gammainc(1.7, x), lambda t, x: t.special.gammainc(
        t.tensor(1.7, dtype=x.dtype), x), ("positive",), False),
    "gammaincc": (lambda x: sp.gammaincc(1.7, x), lambda t, x: t.special.gammaincc(
        t.tensor(1.7, dtype=x.dtype), x), ("positive",), False),
    "rel_entr": (sp.rel_entr, lambda t, a, b: a * t.log(a / b), ("positive", "positive"), False),
    "kl_div": (sp.kl_div, lambda t, a, b: a * t.log(a / b) - a + b, ("positive", "positive"),
                    False),
    "huber": (lambda x: sp.huber(0.7, x), lambda t, x: t.nn.functional.huber_loss(
        x, t.zeros_like(x), reduction="none", delta=0.7), ("real",), False),
    "boxcox": (sp.boxcox, lambda t, x, k: (x**k - 1) / k, ("positive", "nonzero"), False),
    "exp10": (sp.exp10, lambda t, x: 10**x, ("real",), False),
    "sp.exp2": (sp.exp2, lambda t, x: 2**x, ("real",), False),
    "sp.expm1": (sp.expm1, lambda t, x: t.expm1(x), ("real",), False),
    "sp.log1p": (sp.log1p, lambda t, x: t.log1p(x), ("positive",), False),
}
# fmt: on


def inputs(name, kind):
    return [
        entries(d.split()[0], tuple(map(int, d.split()[1:])) or SHAPE, k, kind)
        for k, d in enumerate(CASES[name][2])
    ]


def kinds(name):
    c = CASES[name][3]
    return ("complex128",) if c == "only" else ("float64", "complex128") if c else ("float64",)


def record():
    import torch

    found = {}
    for name, kind in [(case, kind) for case in CASES for kind in kinds(case)]:
        x = [torch.tensor(a, requires_grad=True) for a in inputs(name, kind)]
        y = CASES[name][1](torch, *x)
        y = y.real + 2 * y.imag if y.is_complex() else y
        (y * torch.tensor(weights(tuple(y.shape)))).sum().backward()
        for k, a in enumerate(x):
            g = torch.zeros_like(a) if a.grad is None else a.grad
            found[f"{name} {kind} {k}"] = g.resolve_conj().numpy()
    np.savez_compressed(FILE, **found)


if __name__ == "__main__":
    record()
