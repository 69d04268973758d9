"""`python -m benchmarks [NAME...]`: run these benchmarks, or all but `fleet`, and print one table.

The exit code is 0 if every aim was reached.
"""

import importlib
import sys

from benchmarks.report import print_table

NAMES = (
    "cold_start",
    "warm_event",
    "asset_size",
    "quota",
    "walls",
    "api_calls",
    "synthesis",
    "synth_checks",
    "command_line",
)

LONG_NAMES = ("fleet",)
"""Those that take many minutes: they are run only if they are named."""


def main(names: list[str]) -> int:
    unknown = sorted(set(names) - {*NAMES, *LONG_NAMES})
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(NAMES + LONG_NAMES)}", file=sys.stderr)
        return 2
    rows = [row for name in names or NAMES for row in importlib.import_module(f"benchmarks.{name}").rows()]
    print_table(rows)
    return int(any(row.reached is False for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
