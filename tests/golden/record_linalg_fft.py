"""Record PyTorch's gradients of torch.linalg and torch.fft, in float64 and in complex128:

    python tests/golden/record_linalg_fft.py        writes linalg_fft_torch.npz

PyTorch names its functions as NumPy does, so each case is written once, for a module `m` that is
either; what it gives is summed with `weights`.  Of eigenvectors and singular vectors it takes
only what does not depend on their phases.  Tests call `compare`.
"""

from pathlib import Path

import numpy as np

from knetpy.autograd import Param, diff, grad

FILE = Path(__file__).with_name("linalg_fft_torch.npz")
KINDS = ("float64", "complex128")
REAL_INPUT = ("rfft", "ihfft")


def H(x):
    return x.conj().swapaxes(-1, -2)


def rebuilt(u, w, v):
    return (u * w[..., None, :]) @ v


def eigh(m, x, uplo="L"):
    w, v = m.linalg.eigh(x, uplo)
    return w, m.abs(v) ** 2, rebuilt(v, m.sin(w), H(v))


def eig(m, x):
    w, v = m.linalg.eig(x)
    return w, m.abs(v) ** 2, rebuilt(v, m.sin(w), m.linalg.inv(v))


def svd(m, x):
    u, s, vh = m.linalg.svd(x, full_matrices=False)
    return s, m.abs(u) ** 2, m.abs(vh) ** 2, rebuilt(u, m.sin(s), vh)


# fmt: off
TRANSFORMS = {
    "fft": lambda m: m.fft.fft,     "ifft": lambda m: m.fft.ifft,
    "rfft": lambda m: m.fft.rfft,   "irfft": lambda m: m.fft.irfft,
    "hfft": lambda m: m.fft.hfft,   "ihfft": lambda m: m.fft.ihfft,
}
PLANES = {
    "fft2": lambda m: m.fft.fft2,   "ifft2": lambda m: m.fft.ifft2,
    "rfft2": lambda m: m.fft.rfft2, "irfft2": lambda m: m.fft.irfft2,
    "fftn": lambda m: m.fft.fftn,   "ifftn": lambda m: m.fft.ifftn,
    "rfftn": lambda m: m.fft.rfftn, "irfftn": lambda m: m.fft.irfftn,
}
ONE_AXIS = [(None, -1, None), (4, 0, "ortho"), (3, 1, "forward"), (8, -1, "backward")]
AXES = [(None, (-2, -1), None), ((4, 3), (0, 2), "ortho"), ((2, 7), (1, 0), "forward")]

# name: (function of the module and of arrays, their shapes)
FFT = {
    **{f"{name} {args}": (lambda m, x, f=f, args=args: f(m)(x, *args), (5, 6))
       for name, f in TRANSFORMS.items() for args in ONE_AXIS},
    **{f"{name} {args}": (lambda m, x, f=f, args=args: f(m)(x, *args), (3, 4, 5))
       for name, f in PLANES.items() for args in AXES},
    "fftshift":      (lambda m, x: m.fft.fftshift(x), (3, 4)),
    "ifftshift (1)": (lambda m, x: m.fft.ifftshift(x, (1,)), (3, 5)),
}
LINALG = {
    "cholesky":         (lambda m, x: m.linalg.cholesky(x), "positive"),
    "cholesky upper":   (lambda m, x: m.linalg.cholesky(x, upper=True), "positive"),
    "eigh":             (lambda m, x: eigh(m, x), "hermitian"),
    "eigh U":           (lambda m, x: eigh(m, x, "U"), "hermitian"),
    "eigvalsh":         (lambda m, x: m.linalg.eigvalsh(x), "hermitian"),
    "eig":              (lambda m, x: eig(m, x), (2, 4, 4)),
    "eigvals":          (lambda m, x: m.linalg.eigvals(x), (4, 4)),
    "svd tall":         (lambda m, x: svd(m, x), (2, 4, 3)),
    "svd square":       (lambda m, x: svd(m, x), (3, 3)),
    "svd wide":         (lambda m, x: svd(m, x), (2, 5)),
    "svdvals":          (lambda m, x: m.linalg.svdvals(x), (4, 3)),
    "qr tall":          (lambda m, x: m.linalg.qr(x), (2, 5, 3)),
    "qr wide":          (lambda m, x: m.linalg.qr(x), (3, 5)),
    "qr complete":      (lambda m, x: m.linalg.qr(x, "complete"), (2, 3, 3)),
    "solve":            (lambda m, a, b: m.linalg.solve(a, b), (2, 3, 3), (2, 3, 2)),
    "solve vector":     (lambda m, a, b: m.linalg.solve(a, b), (3, 3), (3,)),
    "solve broadcast":  (lambda m, a, b: m.linalg.solve(a, b), (2, 1, 3, 3), (4, 3, 2)),
    "lstsq tall":       (lambda m, a, b: m.linalg.lstsq(a, b)[0], (5, 3), (5, 2)),
    "lstsq wide":       (lambda m, a, b: m.linalg.lstsq(a, b)[0], (3, 5), (3, 2)),
    "inv":              (lambda m, x: m.linalg.inv(x), (2, 4, 4)),
    "pinv tall":        (lambda m, x: m.linalg.pinv(x), (2, 4, 3)),
    "pinv wide":        (lambda m, x: m.linalg.pinv(x), (3, 5)),
    "pinv hermitian":   (lambda m, x: m.linalg.pinv(x, hermitian=True), "hermitian"),
    "det":              (lambda m, x: m.linalg.det(x), (2, 4, 4)),
    "slogdet":          (lambda m, x: m.linalg.slogdet(x), (2, 4, 4)),
    "matrix_power 5":   (lambda m, x: m.linalg.matrix_power(x, 5), (2, 3, 3)),
    "matrix_power -3":  (lambda m, x: m.linalg.matrix_power(x, -3), (3, 3)),
    "tensorsolve":      (lambda m, a, b: m.linalg.tensorsolve(a, b), (2, 3, 6), (2, 3)),
    "tensorsolve axes": (lambda m, a, b: m.linalg.tensorsolve(a, b, (0,)), (6, 2, 3), (2, 3)),
    "tensorinv":        (lambda m, x: m.linalg.tensorinv(x), (2, 3, 6)),
    "tensorinv 1":      (lambda m, x: m.linalg.tensorinv(x, 1), (6, 3, 2)),
    "multi_dot":        (lambda m, *xs: m.linalg.multi_dot(xs), (3,), (3, 5), (5, 2), (2, 4)),
    "matmul":           (lambda m, a, b: m.linalg.matmul(a, b), (2, 3, 4), (4, 2)),
    "vecdot":           (lambda m, a, b: m.linalg.vecdot(a, b), (2, 3), (2, 3)),
    "cross":            (lambda m, a, b: m.linalg.cross(a, b), (2, 3), (2, 3)),
    "diagonal":         (lambda m, x: m.linalg.diagonal(x, offset=1), (2, 3, 4)),
    **{f"norm {p}": (lambda m, x, p=p: m.linalg.norm(x, p, (-2, -1)), (2, 4, 3))
       for p in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)},
    **{f"norm vector {p}": (lambda m, x, p=p: m.linalg.norm(x, p, 1), (2, 4))
       for p in (None, 0.5, 1, 2, 3.5, -1, np.inf, -np.inf)},
    "vector_norm":      (lambda m, x: m.linalg.vector_norm(x, ord=3), (2, 3, 2)),
    "matrix_norm":      (lambda m, x: m.linalg.matrix_norm(x, ord=2), (2, 3, 2)),
    **{f"cond {p}": (lambda m, x, p=p: m.linalg.cond(x, p), (2, 3, 3))
       for p in (None, 2, -2)},  # for the others PyTorch 2.13 overwrites what its gradient needs
}
# fmt: on


def weights(shape, kind):
    w = np.cos(np.arange(np.prod(shape, dtype=int)) ** 2.0).reshape(shape)
    return w + 1j * np.sin(3 * w) if kind == "complex128" else w


def array(rng, shape, kind):
    """Random numbers of a shape, or a Hermitian matrix, positive definite or not."""
    size = (4, 4) if isinstance(shape, str) else shape
    x = rng.standard_normal(size)
    x = x + 1j * rng.standard_normal(size) if kind == "complex128" else x
    return x + H(x) if shape == "hermitian" else x @ H(x) + np.eye(4) if shape == "positive" else x


def kinds_of(name):
    return KINDS[:1] if name.startswith(REAL_INPUT) else KINDS


def names(cases):
    return [(name, kind) for name in cases for kind in kinds_of(name)]


def loss(m, ys, tensor=np.asarray):
    ys = ys if isinstance(ys, tuple) else (ys,)
    kinds = ["complex128" if "complex" in str(y.dtype) else "float64" for y in ys]
    pairs = [(y, tensor(weights(tuple(y.shape), k))) for y, k in zip(ys, kinds, strict=True)]
    return sum(m.real((y * w).sum()) for y, w in pairs)


def compare(cases, name, kind):
    """Our gradients against the recorded ones, to 1e-10 of the largest entry.

    Where the argument is Hermitian only the Hermitian part has a meaning, and is ours.
    """
    f, *shapes = cases[name]
    with np.load(FILE) as recorded:
        params = [Param(recorded[f"{name}/{kind}/{k}/x"]) for k in range(len(shapes))]
        tape = diff(lambda: loss(np, f(np, *params)))
        for k, (p, shape) in enumerate(zip(params, shapes, strict=True)):
            expected = recorded[f"{name}/{kind}/{k}/gradient"]
            if isinstance(shape, str):
                expected = (expected + H(expected)) / 2
            scale = max(1, np.max(np.abs(expected)))
            np.testing.assert_allclose(grad(tape, p), expected, rtol=0, atol=1e-10 * scale)


def record():
    import torch

    rng, recorded = np.random.default_rng(0), {}
    for name, kind in names(FFT | LINALG):
        f, *shapes = (FFT | LINALG)[name]
        arrays = [array(rng, shape, kind) for shape in shapes]
        leaves = [torch.tensor(x, requires_grad=True) for x in arrays]
        loss(torch, f(torch, *leaves), torch.tensor).backward()
        for k, (x, leaf) in enumerate(zip(arrays, leaves, strict=True)):
            recorded[f"{name}/{kind}/{k}/x"] = x
            recorded[f"{name}/{kind}/{k}/gradient"] = leaf.grad.resolve_conj().numpy()
    np.savez_compressed(FILE, **recorded)


if __name__ == "__main__":
    record()
