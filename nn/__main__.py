"""`python -m nn` is the command `glassgrad`."""

import sys

from .cli.parser import main

if __name__ == "__main__":
    sys.exit(main())
