"""The entry of the command ``imgconv``."""

import sys

from imgconv.cli.run import run


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run())


if __name__ == "__main__":
    main()
