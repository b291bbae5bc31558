"""``python -m minillm COMMAND``; ``python -m minillm --help`` lists the commands."""

from minillm.cli import main

if __name__ == "__main__":
    main()
