"""Replay one seed with its trace: `python -m model.run SEED` from `tests/`."""

import sys

from model.oracle import Violation
from model.world import World


def main(seed: int) -> int:
    """Print every step of a seed and what it broke, if anything."""
    world = World(seed, trace=True)
    print(world.setting)  # noqa: T201
    try:
        world.run()
        broken = None
    except Exception as error:  # noqa: BLE001  (a replay shows whatever happened)
        broken = error
    print("\n".join(world.trace or []))  # noqa: T201
    print(
        "BROKEN:" if broken else "holds",
        f"{type(broken).__name__ if not isinstance(broken, Violation) else ''} {broken or ''}",
    )  # noqa: T201,E501
    return broken is not None


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
