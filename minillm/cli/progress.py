"""Progress for whoever watches: never in a pipe or a file."""

import os
import sys


def quiet() -> bool:
    """Whether to show no progress: nobody watches, or TQDM_DISABLE says so."""
    return bool(os.environ.get("TQDM_DISABLE")) or not sys.stderr.isatty()


def say(text: str) -> None:
    """A line about what is done, beside the output proper."""
    print(text, file=sys.stderr, flush=True)
