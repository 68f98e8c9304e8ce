"""A pole is balanced on a cart by a policy that learns from how long it lasts: REINFORCE.

After 100 updates 100 new episodes last 200.0 of 200 steps in the mean; two seconds.
Run: python examples/cartpole.py
"""

import numpy as np

from knetpy import diff, grad, ops, params, seed
from knetpy.arrays import generator
from knetpy.nn import Chain, Linear
from knetpy.optim import Adam

LIMIT = 200  # steps of 0.02 s, at which an episode ends well


def push(state, right):
    """Carts and their poles 0.02 s after a push by 10 N to the right or to the left.

    Shapes:  state (carts, 4): position, speed, angle, and angular speed; right (carts,), bool
    Source:  Barto, Sutton and Anderson 1983, with the constants of Gym's CartPole-v0
    """
    _, speed, angle, spin = state.T
    sin, cos = np.sin(angle), np.cos(angle)
    thrust = (np.where(right, 10, -10) + 0.05 * spin**2 * sin) / 1.1
    turn = (9.8 * sin - cos * thrust) / (0.5 * (4 / 3 - 0.1 * cos**2 / 1.1))
    pull = thrust - 0.05 * turn * cos / 1.1
    return state + 0.02 * np.stack([speed, pull, spin, turn], axis=1)


def play(policy, carts):
    """What `carts` episodes saw, what was done, and whether they still lasted, step by step."""
    state, alive = generator().uniform(-0.05, 0.05, (carts, 4)), np.ones(carts, bool)
    steps = []
    for _ in range(LIMIT):
        seen = state.astype("float32")
        right = generator().random(carts) < ops.softmax(policy(seen))[:, 1]
        steps.append((seen, right.astype(int), alive))
        state = push(state, right)
        alive = alive & (abs(state[:, 0]) < 2.4) & (abs(state[:, 2]) < np.radians(12))
    return map(np.array, zip(*steps, strict=True))


def advantages(alive):
    """How many steps were to follow, beside the mean of the carts that had come as far."""
    ahead = alive[::-1].cumsum(axis=0)[::-1]
    usual = (ahead * alive).sum(axis=1) / alive.sum(axis=1).clip(1)
    better = (ahead - usual[:, np.newaxis])[alive]
    return better / (better.std() + 1e-8)


def main(updates=100, carts=32):
    seed(0)
    policy, adam = Chain(Linear(4, 32, np.tanh), Linear(32, 2)), Adam(lr=0.01)
    for update in range(1, updates + 1):
        seen, done, alive = play(policy, carts)
        better = advantages(alive).astype("float32")

        def loss(x, done, better):
            scores = ops.log_softmax(policy(x))
            return -np.mean(scores[np.arange(len(done)), done] * better)

        tape = diff(loss, seen[alive], done[alive], better)
        adam.step(params(policy), [grad(tape, p) for p in params(policy)])
        if update % 10 == 0:
            print(f"update {update:3}   mean return {alive.sum() / carts:.1f}")
    *_, alive = play(policy, 100)
    print(f"mean return of 100 episodes {(result := alive.sum() / 100):.1f}")
    return result


if __name__ == "__main__":
    main()
