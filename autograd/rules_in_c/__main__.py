"""`python -m autograd.rules_in_c` prints the rule book as C; with names of operations, their functions alone."""

import sys
from pathlib import Path

from ..operations import OPERATIONS
from .header import functions_of_ieee, header, rule_in_c

TYPES = (Path(__file__).parents[1] / "ieee.pxd").read_text("utf-8")

if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    if unknown := [name for name in sys.argv[1:] if name not in OPERATIONS]:
        sys.exit(f"the rule book has no {', '.join(unknown)}; it has {', '.join(OPERATIONS)}")
    functions = [rule_in_c(OPERATIONS[name], functions_of_ieee(TYPES)) for name in sys.argv[1:]]
    print("\n\n".join(functions) or header(OPERATIONS.values(), TYPES))
