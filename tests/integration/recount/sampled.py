"""Metrics over classified requests, each standing for 1 / sample_rate of them."""

from integration.recount.asked import WEIGHED, Asked, asked_of
from integration.recount.traffic import SHARE_OF, joined, known

CLASSIFIED = "looked_at AND category <> 'unclassified'"
COST_NANO = "coalesce(cost * 1000000000, 0)::HUGEINT"
SAMPLE = f"""sum(weight::HUGEINT * tokens) / 1e6 AS tokens, sum(weight::HUGEINT) / 1e6 AS requests,
    CASE WHEN count(cost) > 0 THEN sum(weight::HUGEINT * {COST_NANO}) / 1e15 END AS cost_usd, count(*) AS n,
    pow(sum(weight)::DOUBLE, 2) / sum(weight::HUGEINT * weight)::DOUBLE AS n_eff"""


def share(asked: Asked, by: str, top: int | None = None, only: str = "true", part: str = "NULL") -> str:
    """Each group's part of what was classified in its bucket, or in its `part` of the bucket.

    Only conditions on models reach `known_share`: the rest of the traffic has no category.
    """
    of_models = asked.of(by, top, "true" if "category" in only else only)
    asked = asked.of(by, top, f"{CLASSIFIED} AND {only}")
    return f"""{asked_of(asked, WEIGHED[asked.unit], part=part, fold_parts=part != "NULL" and top is not None)},
{known(of_models, CLASSIFIED)}, cells AS (SELECT bucket, part, grp, {SAMPLE} FROM asked GROUP BY bucket, part, grp)
SELECT cells.*, tokens / nullif(sum(tokens) OVER whole, 0) AS token_share,
    requests / nullif(sum(requests) OVER whole, 0) AS request_share,
    cost_usd / nullif(sum(cost_usd) OVER whole, 0) AS cost_share, {SHARE_OF[asked.unit]} AS share, known_share
FROM {joined("cells")} WINDOW whole AS (PARTITION BY cells.bucket, part)"""


def any_label(asked: Asked) -> str:
    """The part of sampled requests that carry any label of a category."""
    by = asked.by or "category"
    asked = asked.of(by, None, "looked_at")
    return f"""{asked_of(asked, WEIGHED["requests"])},
{known(Asked(asked.metric, asked.bucket), "looked_at")},
whole AS (SELECT bucket, sum(weight)::DOUBLE AS w, sum(weight::HUGEINT * tokens)::DOUBLE AS wt
          FROM asked GROUP BY bucket),
pairs AS (SELECT DISTINCT asked.nth, bucket, weight, tokens, mapped.{by} AS label
          FROM asked JOIN mapped ON mapped.nth = asked.nth),
cells AS (SELECT bucket, label AS grp, count(*) AS n, sum(weight)::DOUBLE AS w,
              sum(weight::HUGEINT * tokens)::DOUBLE AS wt, sum(weight::HUGEINT * weight)::DOUBLE AS w2
          FROM pairs GROUP BY ALL)
SELECT cells.bucket, grp, n, cells.w * cells.w / cells.w2 AS n_eff, cells.w / whole.w AS rate,
    cells.wt / nullif(whole.wt, 0) AS token_rate, known_share
FROM {joined("cells")} JOIN whole ON whole.bucket IS NOT DISTINCT FROM cells.bucket"""


def lengths(asked: Asked) -> str:
    """Weighted means of prompt, completion and both, by category."""
    every = asked.of("category", 12)
    asked = asked.of("category", 12, CLASSIFIED)
    return f"""{asked_of(asked, WEIGHED["tokens"])},
{known(every, CLASSIFIED)}, cells AS (SELECT bucket, grp, {SAMPLE}, sum(weight)::DOUBLE AS w,
    sum(weight::HUGEINT * prompt)::DOUBLE AS wp, sum(weight::HUGEINT * completion)::DOUBLE AS wo
    FROM asked GROUP BY bucket, grp)
SELECT cells.*, wp / w AS prompt_mean, wo / w AS completion_mean, (wp + wo) / w AS total_mean, known_share,
    wp / w / nullif(sum(wp) OVER whole / sum(w) OVER whole, 0) AS prompt_ratio
FROM {joined("cells")} WINDOW whole AS (PARTITION BY cells.bucket)"""


def specialisation(asked: Asked) -> str:
    """Over how many categories the classified requests of an author are spread, in effect."""
    asked = asked.of("author")
    unit = {"tokens": "tokens", "requests": "requests", "usd": "coalesce(cost_usd, 0)"}[asked.unit]
    volume = WEIGHED[asked.unit].replace("sum(", f"sum(CASE WHEN {CLASSIFIED} THEN 1 ELSE 0 END * ", 1)
    return f"""{asked_of(asked, volume)},
cells AS (SELECT bucket, grp, category, {SAMPLE} FROM asked WHERE {CLASSIFIED} GROUP BY ALL),
shares AS (SELECT *, {unit} / nullif(sum({unit}) OVER (PARTITION BY bucket, grp), 0) AS part FROM cells),
mixes AS (SELECT bucket, grp, 1 / nullif(sum(part * part), 0) AS effective_categories,
              min_by(category, (-part, category)) FILTER (part IS NOT NULL) AS top_category, max(part) AS top_share
          FROM shares GROUP BY ALL),
wholes AS (SELECT bucket, grp, {SAMPLE} FROM asked WHERE {CLASSIFIED} GROUP BY ALL),
covered AS (SELECT bucket, grp, avg(({CLASSIFIED})::INT) AS known_share FROM asked GROUP BY ALL)
SELECT wholes.*, effective_categories, top_category, top_share, known_share FROM wholes
JOIN mixes ON mixes.bucket IS NOT DISTINCT FROM wholes.bucket AND mixes.grp = wholes.grp
JOIN covered ON covered.bucket IS NOT DISTINCT FROM wholes.bucket AND covered.grp = wholes.grp"""
