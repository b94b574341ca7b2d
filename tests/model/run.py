"""Replay one seed and print its steps: `cd tests && ../.venv/bin/python -m model.run SEED`."""

import sys

from model.shards import trace_of

if __name__ == "__main__":
    lines = trace_of(int(sys.argv[1]))
    print("\n".join(lines))  # noqa: T201
    sys.exit(lines[-1] != "holds")
