"""Record JAX's complex derivatives: python tests/golden/record_derivatives.py writes the .npz."""

from pathlib import Path

import numpy

FILE = Path(__file__).with_name("derivatives.npz")


def functions(np):
    """By name: a function, and from what to what it maps."""
    return {
        "square": (lambda z: z * z * (1 + 2j), "holomorphic"),
        "exp": (lambda z: np.exp(z) / z, "holomorphic"),
        "product": (lambda z: z @ np.reshape(z, (3, 2)), "holomorphic"),
        "abs2": (lambda z: np.real(z * np.conj(z)), "to real"),
        "parts": (lambda z: np.real(z) * np.imag(z) + np.abs(z), "to real"),
        "conj": (lambda z: np.conj(z) * z**2, "neither"),
        "turned": (lambda x: x * (1 + 2j) + np.exp(1j * x), "of real"),
        "mixed": (lambda x: np.sum(x) * 1j - x, "of real"),
    }


def inputs(kind, outputs=None):
    """The point, the direction, and given the shape and dtype of the result, a dy."""
    rng = numpy.random.default_rng(len(kind))

    def draw(shape, complex_):
        x = rng.normal(size=shape)
        return x + 1j * rng.normal(size=shape) if complex_ else x

    x, t = draw((2, 3), kind != "of real"), draw((2, 3), kind != "of real")
    return x, t, None if outputs is None else draw(outputs.shape, outputs.dtype.kind == "c")


def record():
    import jax

    jax.config.update("jax_enable_x64", True)
    found = {}
    for name, (f, kind) in functions(jax.numpy).items():
        x, t, _ = inputs(kind)
        y, pull = jax.vjp(f, x)
        _, _, dy = inputs(kind, y)
        found[f"{name} y"], found[f"{name} vjp"] = y, pull(jax.numpy.asarray(dy))[0]
        found[f"{name} jvp"] = jax.jvp(f, (x,), (t,))[1]
        if kind != "neither":
            jacobian = jax.jacfwd if kind == "of real" else jax.jacrev
            options = {"holomorphic": True} if kind == "holomorphic" else {}
            found[f"{name} jacobian"] = jacobian(f, **options)(x)
    numpy.savez_compressed(FILE, **found)


if __name__ == "__main__":
    record()
