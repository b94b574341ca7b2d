"""Metrics that compare groups: concentration, models in use, shares over the weeks, and prices."""

from integration.recount.asked import BUCKETS, UNITS, WEIGHED, Asked, asked_of
from integration.recount.sampled import CLASSIFIED, COST_NANO
from integration.recount.traffic import VOLUMES

PAID = "cost IS NOT NULL AND byok <> 'yes'"


def concentration(asked: Asked) -> str:
    """How much of the traffic of open models the largest have."""
    asked = asked.of("model", None, "open = 'yes'")
    priced = "sum(n - unpriced) / sum(n)" if asked.unit == "usd" else "1.0"
    return f"""{asked_of(asked, UNITS[asked.unit])},
cells AS (SELECT bucket, grp, {VOLUMES}, {UNITS[asked.unit]} AS volume FROM asked GROUP BY ALL),
shares AS (SELECT *, (volume / nullif(sum(volume) OVER whole, 0))::DOUBLE AS part,
               row_number() OVER (PARTITION BY bucket ORDER BY volume DESC, grp) AS place
           FROM cells WINDOW whole AS (PARTITION BY bucket))
SELECT bucket, arg_min(grp, place) FILTER (part IS NOT NULL) AS top_model, max(part) FILTER (place = 1) AS top1_share,
    sum(part) FILTER (place <= 2) AS top2_share, sum(part * part) AS hhi, 1 / sum(part * part) AS effective_models,
    CASE WHEN count(part) > 0 THEN count(*) FILTER (part > 0.05) END AS models_above_5pct,
    count(*) FILTER (volume > 0) AS models, sum(tokens) AS tokens,
    sum(requests) AS requests, sum(cost_usd) AS cost_usd, sum(n) AS n, sum(unpriced) AS unpriced,
    {priced} AS known_share
FROM shares GROUP BY bucket"""


def over_weeks(asked: Asked) -> str:
    """Each source's share of a week: its mean over the weeks that have events, its least and greatest."""
    asked = asked.of("source")
    volume = UNITS[asked.unit]
    return f"""WITH rows AS (SELECT e.*, {asked.by} AS grp, {BUCKETS["1w"]} AS week FROM events e WHERE {asked.only}),
wholes AS (SELECT week, ({volume})::DOUBLE AS whole FROM rows GROUP BY week),
groups AS (SELECT grp, {VOLUMES}, ({volume})::DOUBLE AS volume FROM rows GROUP BY grp),
own AS (SELECT week, grp, ({volume})::DOUBLE AS volume FROM rows GROUP BY ALL),
parts AS (SELECT wholes.week, groups.grp, coalesce(own.volume, 0) / whole AS part
          FROM wholes CROSS JOIN groups LEFT JOIN own ON own.week = wholes.week AND own.grp = groups.grp
          WHERE whole > 0)
SELECT NULL AS bucket, groups.*, volume / nullif(sum(volume) OVER (), 0) AS share, parts.* EXCLUDE (grp, buckets),
    coalesce(buckets, 0) AS buckets, {"1 - unpriced / n" if asked.unit == "usd" else "1.0"} AS known_share
FROM groups LEFT JOIN (SELECT grp, avg(part) AS mean_share, min(part) AS min_share, max(part) AS max_share,
    count(*) AS buckets, strftime(min_by(week, (part, week)), '%Y-%m-%dT%H:%M:%SZ') AS min_bucket,
    strftime(min_by(week, (-part, week)), '%Y-%m-%dT%H:%M:%SZ') AS max_bucket FROM parts GROUP BY grp) parts
ON parts.grp = groups.grp"""


def price(asked: Asked) -> str:
    """What a million tokens cost where they were paid for, beside the list price."""
    asked = asked.of("model", 20)
    return f"""{asked_of(asked, UNITS[asked.unit])},
cells AS (SELECT bucket, grp, {VOLUMES}, sum(cost) FILTER ({PAID})::DOUBLE AS paid_cost_usd,
    coalesce(sum(tokens) FILTER ({PAID}), 0) AS priced_tokens, count(*) FILTER (byok = 'yes') AS byok_requests,
    1e6 * sum(list_cost)::DOUBLE / nullif(sum(tokens) FILTER (list_cost IS NOT NULL), 0) AS list_price_usd_per_1m,
    count(cost) / count(*) AS known_share FROM asked GROUP BY bucket, grp)
SELECT *, 1e6 * paid_cost_usd / nullif(priced_tokens, 0) AS price_usd_per_1m FROM cells"""


def category_prices(asked: Asked) -> str:
    """Weighted price and use of each category."""
    asked = asked.of("category", None, CLASSIFIED)
    return f"""{asked_of(asked, WEIGHED["tokens"])},
cells AS (SELECT bucket, grp, sum(weight::HUGEINT * tokens) / 1e6 AS tokens, sum(weight::HUGEINT) / 1e6 AS requests,
    CASE WHEN count(cost) > 0 THEN sum(weight::HUGEINT * {COST_NANO}) / 1e15 END AS cost_usd, count(*) AS n,
    1e6 * (sum(weight::HUGEINT * {COST_NANO}) FILTER ({PAID}) / 1e15)
        / nullif(sum(weight::HUGEINT * tokens) FILTER ({PAID}) / 1e6, 0) AS price_usd_per_1m,
    count(cost) / count(*) AS known_share FROM asked GROUP BY bucket, grp)
SELECT *, CASE WHEN price_usd_per_1m > 0 THEN log10(price_usd_per_1m) END AS log10_price,
    CASE WHEN tokens > 0 THEN log10(tokens / 1e6) END AS log10_tokens FROM cells"""
