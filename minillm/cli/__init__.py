"""The command line: ``minillm COMMAND`` or ``python -m minillm COMMAND``.

Whatever the user can repair is said without a traceback: wrong names and values with status 1 or 2, Ctrl-C with 130.
"""

import os
import sys
from collections.abc import Sequence

import tyro

from minillm.errors import MinillmError

ABOUT = "Small language models to read, train, question and take apart. Help of a command: minillm COMMAND --help"


def tokenizer() -> None:
    """Learn a tokenizer, encode, decode, look inside: minillm tokenizer --help"""


def run(arguments: Sequence[str]) -> None:
    """Run a command; what goes wrong is raised."""
    from minillm.cli import tokenizing, training
    from minillm.cli.exchange import export
    from minillm.cli.measuring import evaluate
    from minillm.cli.telling import town
    from minillm.cli.writing import chat, generate

    commands = {
        "train": training.train,
        "evaluate": evaluate,
        "generate": generate,
        "chat": chat,
        "export": export,
        "town": town,
        "tokenizer": tokenizer,
    }
    name, *rest = arguments or ["--help"]
    if name == "train":
        training.main(rest)
    elif name == "tokenizer":
        told = "Learn a tokenizer from texts, encode, decode, and look inside one."
        subcommands(tokenizing.COMMANDS, "minillm tokenizer", told, rest or ["--help"])
    else:
        subcommands(commands, "minillm", ABOUT, [name, *rest])


def subcommands(commands: dict, prog: str, about: str, arguments: Sequence[str]) -> None:
    """Choose one of several functions by the first argument and call it with what the others say."""
    tyro.extras.subcommand_cli_from_dict(commands, prog=prog, description=about, args=list(arguments))


def main() -> None:
    """The entry point."""
    try:
        run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has had enough; what is left in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except MinillmError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt as interruption:
        print(f"\nstopped{f': {interruption}' if str(interruption) else ''}", file=sys.stderr)
        sys.exit(130)
