"""`diff(f, check=True)`: which array was overwritten under the tape, and which line recorded it."""

import sys
import zlib
from typing import Any

__all__ = ["Checked", "user_line"]


class Checked:
    """Beside each node of a recording: fingerprints of its arrays, and the user's line."""

    def __init__(self, nodes: list[Any]) -> None:
        self.nodes = nodes
        self.seen: list[tuple[str, dict[str, Any]]] = []

    def append(self, node: Any) -> None:
        _, args, options, y, _ = node
        self.seen.append((user_line(), fingerprints(args, options, y)))
        self.nodes.append(node)

    def compare(self, index: int, args: Any, options: Any, y: Any, primitive: Any) -> None:
        line, before = self.seen[index]
        for what, now in fingerprints(args, options, y).items():
            if now != before[what]:
                raise RuntimeError(
                    f"{primitive.name}, recorded at {line}: {what} was overwritten afterwards, "
                    "so the gradient would be wrong; write into a copy"
                )


def fingerprints(args: Any, options: Any, y: Any) -> dict[str, Any]:
    """Of the arguments, the options and the result of an operation, by what to call them."""
    named = {f"its argument {k}": x for k, x in enumerate(args)}
    named |= {f"its {name}=": x for name, x in options.items()} | {"its result": y}
    return {what: fingerprint(x) for what, x in named.items()}


def fingerprint(x: Any) -> Any:
    if isinstance(x, (tuple, list)):
        return [fingerprint(part) for part in x]
    while type(x).__module__.startswith(__package__) and hasattr(x, "value"):
        x = x.value
    return zlib.crc32(x.tobytes()) if hasattr(type(x), "tobytes") else None


def user_line() -> str:
    """The innermost line outside of this package and of NumPy, as file:line."""
    frame = sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").startswith(("knetpy.", "numpy.")):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
