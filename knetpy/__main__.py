"""What can be asked of KnetPy from the shell: `python -m knetpy coverage`."""

import argparse
from collections.abc import Sequence

__all__ = ["main"]


def main(words: Sequence[str] | None = None) -> None:
    """Print what the words of the command line ask for.

    >>> main(["coverage"])  # doctest: +ELLIPSIS
    # What can be differentiated
    ...
    """
    parser = argparse.ArgumentParser(prog="knetpy", description=__doc__)
    parser.add_argument("what", choices=["coverage"], help="the table of all gradients, as a page")
    parser.parse_args(words)
    from knetpy.autograd.coverage import markdown

    print(markdown(), end="")


if __name__ == "__main__":
    main()
