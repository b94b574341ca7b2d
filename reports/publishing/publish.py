"""Publish the days that are final, once each: decide what may be shown, and write it down."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pyarrow as pa

from tokentide.reports.publishing.bucket import UNITS
from tokentide.reports.publishing.compositions import COMPOSITIONS, Composition
from tokentide.reports.publishing.days import account_share, event_days, read_bucket
from tokentide.reports.publishing.folding import OTHER, Folding, fold
from tokentide.reports.publishing.rules import PUBLISHED, rounded
from tokentide.sinks.clickhouse.finality import finality
from tokentide.sinks.clickhouse.store import Store

COMPARABLE_DAYS: Final = 31
"""How many days back a reader is assumed to compare."""

EVALUATED, NOT_EVALUATED = "evaluated", "not evaluated"

_SCHEMA: Final = pa.schema(
    [
        pa.field(name, kind, nullable=False)
        for name, kind in (
            ("composition", pa.string()),
            ("day", pa.date32()),
            ("kind", pa.string()),
            ("member", pa.string()),
            ("tokens", pa.float64()),
            ("requests", pa.float64()),
            ("cost_usd", pa.float64()),
            ("withheld", pa.bool_()),
            ("folded", pa.uint32()),
            ("rules", pa.string()),
            ("account_share", pa.float64()),
            ("as_of", pa.timestamp("ms", "UTC")),
        )
    ]
)


@dataclass(frozen=True, slots=True)
class Publication:
    """What became of one day of one composition."""

    composition: str
    day: date
    shown: int
    folded: int
    withheld: bool
    rules: str


def publish(store: Store) -> list[Publication]:
    """Publish every final day that is not published yet; days already published stay as they are.

    Returns:
        What was published now, in order; nothing where no day is final.
    """
    state = finality(store.query)
    if state.as_of is None or state.final_before is None:
        return []
    as_of = state.as_of.astimezone(UTC)
    until = state.final_before.astimezone(UTC).date()
    return [one for composition in COMPOSITIONS.values() for one in _publish(store, composition, until, as_of)]


def _publish(store: Store, composition: Composition, until: date, as_of: datetime) -> Iterator[Publication]:
    past = _published(store, composition, until)
    for day in event_days(store.query, until):
        if day in past or (past and day < min(past)):
            continue
        known = account_share(store.query, day, as_of) or 0.0
        earlier = [one for when, one in past.items() if when >= day - timedelta(days=COMPARABLE_DAYS)]
        past[day] = _decided(store, composition, day, as_of, earlier if known else None)
        rows = _rows(composition, day, past[day], known, as_of)
        token = f"publish:{composition.name}:{day}:{store.boot}"
        store.insert("published_cells", pa.Table.from_pylist(rows, _SCHEMA), token)
        yield _publication(composition, day, past[day], known)


def _decided(
    store: Store, composition: Composition, day: date, as_of: datetime, earlier: list[Folding] | None
) -> Folding:
    bucket = read_bucket(store.query, composition, day, as_of)
    # no account is known, so no rule can be evaluated: said so beside every figure
    return fold(bucket, earlier) if earlier is not None else Folding(bucket, bucket.members, ())


def _published(store: Store, composition: Composition, until: date) -> dict[date, Folding]:
    """Return what was published and can still be compared with, as it was decided."""
    sql = (
        "SELECT day, any(as_of) AS as_of, any(withheld) AS withheld, groupArrayIf(member, kind = 'cell') AS members "
        "FROM published_cells WHERE composition = {composition:String} GROUP BY day ORDER BY day"
    )
    found = {}
    for row in store.query(sql, {"composition": composition.name}).to_pylist():
        day = row["day"]
        recent = day >= until - timedelta(days=2 * COMPARABLE_DAYS)
        bucket = read_bucket(store.query, composition, day if recent else date(1970, 1, 1), row["as_of"])
        shown = tuple(name for name in bucket.members if name in row["members"] and name != OTHER)
        folded = tuple(name for name in bucket.members if name not in shown)
        found[day] = Folding(bucket, shown, folded, bool(row["withheld"]))
    return found


def _rows(
    composition: Composition, day: date, folding: Folding, known: float, as_of: datetime
) -> list[dict[str, Any]]:
    same = {
        "composition": composition.name,
        "day": day,
        "withheld": folding.withheld,
        "folded": len(folding.folded),
        "rules": EVALUATED if known else NOT_EVALUATED,
        "account_share": rounded(known, PUBLISHED.digits),
        "as_of": as_of,
    }
    nothing = {"member": "", **dict.fromkeys(("tokens", "requests", "cost_usd"), 0.0)}
    return [{**same, **nothing, "kind": "day"}, *({**same, **cell, "kind": "cell"} for cell in _cells(folding))]


def _cells(folding: Folding) -> Iterator[dict[str, Any]]:
    if folding.withheld:
        return
    groups: list[tuple[str, tuple[str, ...]]] = [(name, (name,)) for name in folding.shown]
    if folding.folded:
        groups.append((OTHER, folding.folded))
    for name, members in groups:
        sums = dict(zip(UNITS, folding.bucket.contributions(members).sum(axis=0).tolist(), strict=True))
        yield {
            "member": name,
            "tokens": rounded(sums["tokens"], PUBLISHED.digits),
            "requests": rounded(sums["requests"], PUBLISHED.digits),
            "cost_usd": rounded(sums["cost_nano"] / 1e9, PUBLISHED.digits),
        }


def _publication(composition: Composition, day: date, folding: Folding, known: float) -> Publication:
    return Publication(
        composition.name,
        day,
        len(folding.shown),
        len(folding.folded),
        folding.withheld,
        EVALUATED if known else NOT_EVALUATED,
    )
