"""A question, and the events it is about: bucket, group and part of each, the smaller groups folded into `other`."""

from dataclasses import dataclass, replace

BUCKETS = {
    "10s": "time_bucket(INTERVAL 10 SECONDS, time)",
    "1m": "date_trunc('minute', time)",
    "1h": "date_trunc('hour', time)",
    "1d": "date_trunc('day', time)",
    "1w": "date_trunc('week', time)",
    "all": "NULL::TIMESTAMP",
}
UNITS = {"tokens": "sum(tokens)", "requests": "count(*) FILTER (attempt = 1)", "usd": "coalesce(sum(cost), 0)"}
WEIGHED = {
    "tokens": "sum(weight::HUGEINT * tokens)",
    "requests": "sum(weight::HUGEINT)",
    "usd": "coalesce(sum(weight::HUGEINT * (cost * 1000000000)::HUGEINT), 0)",
}


@dataclass(frozen=True)
class Asked:
    """What is asked of a metric; None is the metric's own choice. `only` is a condition on events."""

    metric: str
    bucket: str = "all"
    by: str | None = None
    unit: str = "tokens"
    top: int | None = None
    only: str = "true"

    def of(self, by: str, top: int | None = None, only: str = "true") -> "Asked":
        """Fill in what a metric chooses itself."""
        return replace(self, by=self.by or by, top=self.top or top, only=f"({self.only}) AND ({only})")


def asked_of(asked: Asked, volume: str, *, part: str = "NULL", fold_parts: bool = False) -> str:
    """Return the WITH clause of a relation `asked`: events with `bucket`, `part` and `grp`.

    The `top` largest groups by `volume` over the whole period keep their names (of equal ones the first by name);
    with `fold_parts` it is the parts that are folded.
    """
    grp, bucket = asked.by if asked.by else "NULL", BUCKETS[asked.bucket]
    ranked, kept = ("part", "grp") if fold_parts else ("grp", "part")
    top = "true" if asked.top is None else f"place <= {asked.top}"
    return f"""
WITH named AS (SELECT e.*, {bucket} AS bucket, {part} AS part0, {grp} AS grp0 FROM events e WHERE {asked.only}),
places AS (SELECT {ranked}0 AS name, row_number() OVER (ORDER BY {volume} DESC, {ranked}0) AS place
           FROM named WHERE {ranked}0 <> 'other' GROUP BY {ranked}0),
asked AS (SELECT named.* EXCLUDE (part0, grp0), {kept}0 AS {kept},
              CASE WHEN {ranked}0 IS NULL OR {top} THEN {ranked}0 ELSE 'other' END AS {ranked}
          FROM named LEFT JOIN places ON name = {ranked}0)
"""
