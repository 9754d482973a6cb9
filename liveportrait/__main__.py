"""python -m liveportrait"""

import sys

from liveportrait.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
