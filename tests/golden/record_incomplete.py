"""Derivatives of the incomplete gamma and beta functions by mpmath, for test_incomplete.py.

    python tests/golden/record_incomplete.py        writes tests/golden/incomplete.npz

The regions: shapes log-uniform in 1e-3 .. 1e4, and x anywhere, near either end, and within a few
standard deviations of the mean.  Values below 1e-290 are left out.
"""

from pathlib import Path

import mpmath as mp
import numpy as np

POINTS = 280
ORDERS = [(1, 0), (0, 1), (1, 1), (2, 0), (0, 2)]


def gamma_points(random):
    for k in range(POINTS):
        a = 10 ** random.uniform(-3, 4)
        yield (
            a,
            [
                10 ** random.uniform(-12, np.log10(a + 1)),
                abs(a + random.normal() * np.sqrt(a) * 3) + 1e-6,
                a * (1 + random.uniform()) + random.uniform(0, 30),
                a * random.uniform(0.2, 1),
            ][k % 4],
        )


def gamma_value(n, a, x):
    """Mpmath's own function, differentiated with 80 digits, on the side that is the smaller."""
    with mp.workdps(80):
        if x < a:
            return mp.diff(
                lambda s: mp.gammainc(s, 0, x, regularized=True), a, n, h=mp.mpf("1e-25")
            )
        return -mp.diff(lambda s: mp.gammainc(s, x, regularized=True), a, n, h=mp.mpf("1e-25"))


def beta_points(random):
    for k in range(POINTS):
        a, b = 10 ** random.uniform(-3, 4, 2)
        u = np.log(a / b) + random.normal() * 3 * np.sqrt(1 / a + 1 / b)
        x = [10 ** random.uniform(-12, 0), 1 / (1 + np.exp(-u)), 1 - 10 ** random.uniform(-9, 0)]
        yield a, b, [*x, random.uniform()][k % 4]


def beta_value(m, n, a, b, x):
    """Mpmath's integral over logit t with 30 digits, in panels that grow away from x."""
    with mp.workdps(30):
        a, b, x = mp.mpf(a), mp.mpf(b), mp.mpf(x)
        log_x, log_y = mp.log(x), mp.log1p(-x)
        constant = mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)
        psi_a, psi_b, psi = mp.psi(0, a), mp.psi(0, b), mp.psi(0, a + b)
        change = {(2, 0): mp.psi(1, a + b) - mp.psi(1, a), (0, 2): mp.psi(1, a + b) - mp.psi(1, b)}
        change[1, 1] = mp.psi(1, a + b)

        def density(u):
            t, s = -mp.log1p(mp.exp(-u)), -mp.log1p(mp.exp(u))
            factor = (t - psi_a + psi) ** m * (s - psi_b + psi) ** n + change.get((m, n), 0)
            return mp.exp(a * t + b * s - constant) * factor

        def fallen(u):
            t, s = -mp.log1p(mp.exp(-u)), -mp.log1p(mp.exp(u))
            return a * (t - log_x) + b * (s - log_y) < -75

        sign = -1 if x < a / (a + b) else 1
        step = min(mp.sqrt(1 / a + 1 / b), 1 / abs(a * (1 - x) - b * x), 1) / 2
        ends = [log_x - log_y]
        while not fallen(ends[-1]):
            ends.append(ends[0] + sign * step)
            step *= 1.6
        return -mp.quad(density, ends)


def agrees(m, n, a, b, x, found):
    """Whether mpmath's own function says the same, where it is quick."""
    with mp.workdps(50):
        own = mp.diff(lambda s, t: mp.betainc(s, t, 0, x, regularized=True), (a, b), (m, n))
    return abs(own - found) <= 1e-12 * abs(own)


def main():
    random = np.random.default_rng(1)
    recorded = {}
    gamma = list(gamma_points(random))
    for n in (1, 2):
        rows = [(a, x, gamma_value(n, a, x)) for a, x in gamma]
        recorded[f"gamma_{n}"] = np.array([r for r in rows if abs(r[-1]) > 1e-290], float)
    beta = [point for point in beta_points(random) if 0 < point[2] < 1]
    for m, n in ORDERS:
        rows = [(*point, beta_value(m, n, *point)) for point in beta]
        small = [r for r in rows if 0.05 < min(r[:2]) and max(r[:2]) < 30 and 1e-3 < r[2] < 0.99]
        assert small and all(agrees(m, n, *r) for r in small[:8])
        recorded[f"beta_{m}{n}"] = np.array([r for r in rows if abs(r[-1]) > 1e-290], float)
    np.savez_compressed(Path(__file__).with_name("incomplete.npz"), **recorded)
    print({name: len(rows) for name, rows in recorded.items()})


if __name__ == "__main__":
    main()
