"""Arrays that note what is done with them, and what they cannot follow.

An array type of another package may pass through rules and implementations as any array does.
Where it meets what it cannot follow, it raises Unfollowed, and may take the call as a whole.
"""

from collections.abc import Callable
from typing import Any

__all__ = ["Unfollowed", "compute"]


class Unfollowed(TypeError):
    """An array could not follow what a function does; `whole` takes a call of it, or raises."""

    def whole(self, f: Callable[..., Any], args: Any, options: Any) -> Any:
        raise self


def compute(f: Callable[..., Any], args: Any, options: Any) -> Any:
    """What a call gives, followed or as a whole.

    >>> compute(divmod, (7, 2), {})
    (3, 1)
    """
    try:
        return f(*args, **options)
    except Unfollowed as unfollowed:
        return unfollowed.whole(f, args, options)
