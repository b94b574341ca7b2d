"""Which questions are asked of a metric, and how two answers to one are compared."""

from collections.abc import Iterator, Mapping

from integration.recount.asked import Asked
from integration.recount.compare import differences
from integration.recount.raw import Recount
from integration.recount.second import METRICS, NOT_RECOUNTED, OF_ACCOUNTS, OWN_DIMENSION_ONLY

from tokentide.reports.answer import run
from tokentide.reports.registry import METRICS as REGISTRY
from tokentide.reports.request import Request
from tokentide.sinks.clickhouse.store import Store

BUCKETS = ("1h", "1d", "1w", "all")
SAID = ("bucket", "as_of", "status")


def questions(metric: str) -> Iterator[Asked]:
    """Every bucket; then every unit, other dimensions, and few groups beside `other`."""
    entry = REGISTRY[metric]
    unit = str(entry.units[0])
    yield from (Asked(metric, bucket, unit=unit) for bucket in BUCKETS if "bucket" in entry.grids)
    if "bucket" not in entry.grids:
        yield Asked(metric, unit=unit)
    yield from (Asked(metric, "1d", unit=str(each)) for each in entry.units[1:] if str(each) != "accounts")
    yield from (Asked(metric, "1w", by=by, unit=unit) for by in ("gateway", "model") if by in choices(metric))
    if entry.top is not None:
        yield Asked(metric, "1w", unit=unit, top=2)


def choices(metric: str) -> tuple[str, ...]:
    """Return the dimensions that a metric answers from the rows of its own dimension."""
    return () if metric in OWN_DIMENSION_ONLY else REGISTRY[metric].shapes[0].serves


def disagreements(
    store: Store, recount: Recount, asked: Asked, filters: Mapping[str, str] | None = None
) -> list[str]:
    """Ask the store and the recount the same, and return where they differ."""
    bucket = asked.bucket if "bucket" in REGISTRY[asked.metric].grids else None
    request = Request(asked.metric, by=asked.by, unit=asked.unit, bucket=bucket, top=asked.top, filters=filters or {})
    answer = run(store.query, request)
    rows = recount.rows((METRICS | OF_ACCOUNTS)[asked.metric](asked))
    unchecked = (*SAID, *answer.keys, *NOT_RECOUNTED.get(asked.metric, ()))
    found = differences(answer.rows, rows, answer.keys, [name for name in answer.columns if name not in unchecked])
    return [f"{asked}: {each}" for each in found]
