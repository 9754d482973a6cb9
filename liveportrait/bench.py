"""python -m liveportrait.bench: the same as `liveportrait bench`."""

import sys

from liveportrait.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["bench", *sys.argv[1:]]))
