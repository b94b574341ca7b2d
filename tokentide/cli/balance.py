"""The balance sheet as a person reads it, and as one JSON object."""

import json
import sys

from tokentide.oneshot import Balance


def print_balance(balance: Balance, *, as_json: bool) -> None:
    """Print what became of every message; with `as_json`, as the last line of standard output."""
    out = sys.stderr if as_json else sys.stdout
    rows = [
        ("received", balance.received),
        ("stored", balance.stored),
        ("duplicates", balance.duplicates),
        ("dead letters", balance.dead_letters),
        ("  of these conflicts", balance.conflicts),
        ("dropped (missing from the log)", balance.dropped),
        ("in flight", balance.in_flight),
    ]
    for name, count in rows:
        print(f"{name:<32}{count:>14,}", file=out)
    for reason, count in sorted(balance.by_reason.items()):
        print(f"  refused: {reason:<21}{count:>14,}", file=out)
    print(f"{balance.seconds:.1f} s, {balance.events_per_second:,.0f} events/s", file=out)
    if as_json:
        print(json.dumps(balance.as_json()))
