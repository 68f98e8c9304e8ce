"""`diff(f, check=True)`: which array was overwritten under the tape, and which line recorded it."""

import sys
import zlib
from typing import Any

__all__ = ["Checked", "user_line"]


class Checked:
    """Beside each node of a recording: fingerprints of its arrays, and the user's line."""

    def __init__(self, nodes: list[Any]) -> None:
        self.nodes = nodes
        self.seen: list[tuple[str, list[int | None]]] = []

    def append(self, node: Any) -> None:
        _, args, _, y, _ = node
        self.seen.append((user_line(), [fingerprint(x) for x in (*args, y)]))
        self.nodes.append(node)

    def compare(self, index: int, args: Any, y: Any, primitive: Any) -> None:
        line, before = self.seen[index]
        for k, (x, was) in enumerate(zip((*args, y), before, strict=True)):
            if fingerprint(x) != was:
                what = "its result" if k == len(args) else f"its argument {k}"
                raise RuntimeError(
                    f"{primitive.name}, recorded at {line}: {what} of shape {x.shape} was "
                    "overwritten afterwards, so the gradient would be wrong; write into a copy"
                )


def fingerprint(x: Any) -> int | None:
    while type(x).__module__.startswith(__package__) and hasattr(x, "value"):
        x = x.value
    return zlib.crc32(x.tobytes()) if hasattr(x, "tobytes") else None


def user_line() -> str:
    """The innermost line outside of this package and of NumPy, as file:line."""
    frame = sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").startswith(("knetpy.", "numpy")):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
