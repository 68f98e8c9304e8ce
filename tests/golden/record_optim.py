"""Record how PyTorch's optimizers move: python tests/golden/record_optim.py writes optim.npz."""

from pathlib import Path

import numpy as np
import torch

STEPS, DECAY_AT = 20, 12  # from step 12 on lr is a tenth
RUNS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.0002),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.0001, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-3),
    "adam_defaults": lambda p: torch.optim.Adam(p),
}
START = [-1.5, 2.0, 0.5, -0.25]


def rosenbrock(x):
    a, b = x[:-1], x[1:]
    return (100 * (b - a * a) ** 2 + (1 - a) ** 2).sum()


def trajectory(make, decay):
    x = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer, places = make([x]), []
    for step in range(STEPS):
        if decay and step == DECAY_AT:
            optimizer.param_groups[0]["lr"] /= 10
        optimizer.zero_grad()
        rosenbrock(x).backward()
        optimizer.step()
        places.append(x.detach().numpy().copy())
    return np.stack(places)


if __name__ == "__main__":
    # Momentum keeps lr inside its velocity, as Knet's does; PyTorch's does not: no decay there.
    runs = {name: trajectory(make, decay=name != "momentum") for name, make in RUNS.items()}
    np.savez_compressed(Path(__file__).with_name("optim.npz"), start=START, **runs)
