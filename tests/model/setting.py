"""What one interleaving is made of."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """What an interleaving is made of; drawn from its seed."""

    kind: str
    capacities: tuple[int, int]
    events: int
    faults: float
    retention: bool
    holes: bool
    static: bool
    power: bool
    reset: bool
    lenient: bool

    @classmethod
    def drawn(cls, rng: random.Random) -> "Setting":
        kind = rng.choice(("embedded", "shared", "server"))
        narrow = rng.choice((2, 4, 8, 20))
        wide = narrow if rng.random() < 0.6 else narrow * 3
        return cls(
            kind,
            (narrow, wide),
            events=rng.choice((3, 8, 30)),
            faults=rng.choice((0.5, 1.0, 2.0)),
            retention=rng.random() < 0.25,
            holes=rng.random() < 0.3,
            static=rng.random() < 0.3,
            power=kind != "server" and rng.random() < 0.2,
            reset=rng.random() < 0.1,
            lenient=rng.random() < 0.3,
        )
