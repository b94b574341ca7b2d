"""Metrics over all traffic: shares of groups, parts of a group's own traffic, totals, lengths."""

from integration.recount.asked import BUCKETS, UNITS, Asked, asked_of

VOLUMES = """sum(tokens) AS tokens, count(*) FILTER (attempt = 1) AS requests, sum(cost) AS cost_usd,
    count(*) AS n, count(*) - count(cost) AS unpriced"""
SHARE_OF = {"tokens": "token_share", "requests": "request_share", "usd": "cost_share"}


def known(asked: Asked, carried: str) -> str:
    """Return the CTE `known`: by bucket, the part of the attempts for which `carried` holds."""
    return f"""known AS (SELECT {BUCKETS[asked.bucket]} AS bucket, avg(({carried})::INT) AS known_share
    FROM events e WHERE {asked.only} GROUP BY ALL)"""


def joined(cells: str) -> str:
    """Return cells beside the `known` of their buckets."""
    return f"{cells} JOIN known ON {cells}.bucket IS NOT DISTINCT FROM known.bucket"


def share(asked: Asked, by: str, top: int | None = None, only: str = "true", carried: str = "") -> str:
    """Each group's part of its bucket; `carried` is what `known_share` is about, if not the price in USD."""
    asked = asked.of(by, top, only)
    priced = "1 - unpriced / n" if asked.unit == "usd" else "1.0"
    return _shares(asked, known(asked, carried or "true"), "known_share" if carried else priced)


def place_share(asked: Asked, by: str, field: str, top: int | None = None) -> str:
    """Each place's part of what carries `field`; `known_share` is about all traffic of the bucket."""
    return _shares(asked.of(by, top, f"{field} <> ''"), known(asked, f"{field} <> ''"), "known_share")


def _shares(asked: Asked, coverage: str, known_share: str) -> str:
    return f"""{asked_of(asked, UNITS[asked.unit])},
{coverage}, cells AS (SELECT bucket, grp, {VOLUMES} FROM asked GROUP BY bucket, grp)
SELECT cells.*, tokens / nullif(sum(tokens) OVER whole, 0) AS token_share,
    requests / nullif(sum(requests) OVER whole, 0) AS request_share,
    cost_usd::DOUBLE / nullif(sum(cost_usd) OVER whole, 0)::DOUBLE AS cost_share,
    {SHARE_OF[asked.unit]} AS share, {known_share} AS known_share
FROM {joined("cells")} WINDOW whole AS (PARTITION BY cells.bucket)"""


def part(asked: Asked, those: str, name: str, carried: str, extra: str = "", top: int | None = None) -> str:
    """The part of each group's own traffic for which `those` holds: of tokens, attempts and cost."""
    return f"""{asked_of(asked, UNITS[asked.unit])},
cells AS (SELECT bucket, grp, {VOLUMES}, coalesce(sum(tokens) FILTER ({those}), 0) AS {name}_tokens,
    count(*) FILTER ({those}) AS {name}_requests,
    CASE WHEN count(cost) > 0 THEN coalesce(sum(cost) FILTER ({those}), 0) END AS {name}_cost_usd,
    avg(({carried})::INT) AS known_share{extra} FROM asked GROUP BY bucket, grp)
SELECT *, {name}_tokens / nullif(tokens, 0) AS token_share, {name}_requests / n AS request_share,
    {name}_cost_usd::DOUBLE / nullif(cost_usd, 0)::DOUBLE AS cost_share, {SHARE_OF[asked.unit]} AS share,
    {name}_requests / n AS rate FROM cells"""


def tool_calls_by_model(asked: Asked) -> str:
    """Each model's part of the traffic that ends in a tool call; volumes are of all its attempts."""
    those = "finish = 'tool_calls'"
    asked = asked.of("model", 10)
    volume = {"tokens": f"sum(CASE WHEN {those} THEN tokens ELSE 0 END)", "requests": f"count(*) FILTER ({those})",
              "usd": f"sum(CASE WHEN {those} THEN coalesce(cost, 0) ELSE 0 END)"}[asked.unit]  # fmt: skip
    return f"""{asked_of(asked, volume)},
cells AS (SELECT bucket, grp, {VOLUMES}, coalesce(sum(tokens) FILTER ({those}), 0) AS tool_call_tokens,
    count(*) FILTER ({those}) AS tool_call_requests,
    CASE WHEN count(cost) > 0 THEN coalesce(sum(cost) FILTER ({those}), 0) END AS tool_call_cost_usd,
    avg((finish IS NOT NULL)::INT) AS known_share FROM asked GROUP BY bucket, grp)
SELECT *, tool_call_tokens / nullif(sum(tool_call_tokens) OVER whole, 0) AS token_share,
    tool_call_requests / nullif(sum(tool_call_requests) OVER whole, 0) AS request_share,
    tool_call_cost_usd::DOUBLE / nullif(sum(tool_call_cost_usd) OVER whole, 0)::DOUBLE AS cost_share,
    {SHARE_OF[asked.unit]} AS share FROM cells WINDOW whole AS (PARTITION BY bucket)"""


def reasoning(asked: Asked) -> str:
    """What reasoning models have of all traffic, in four ways, and thought tokens of answers that say so."""
    those = "reasoning = 'yes'"
    extra = f""", coalesce(sum(prompt) FILTER ({those}), 0) / nullif(sum(prompt), 0) AS prompt_share,
    sum(reasoning_tokens) / nullif(sum(completion) FILTER (reasoning_tokens IS NOT NULL), 0) AS reasoning_token_share,
    count(reasoning_tokens) / count(*) AS reasoning_known_share"""
    return part(asked, those, "reasoning_model", "reasoning <> 'unknown'", extra)


def tools_offered(asked: Asked) -> str:
    """The part of traffic that offers a tool, and calls for each offer."""
    extra = """, count(*) FILTER (finish = 'tool_calls') / nullif(count(*) FILTER (offered > 0), 0)
    AS invoked_per_offered"""
    return part(asked, "offered > 0", "tools_offered", "offered IS NOT NULL", extra)


def agentic(asked: Asked) -> str:
    """The mean of three token shares, those left out that no attempt says anything about."""
    return f"""{asked_of(asked, UNITS[asked.unit])},
cells AS (SELECT bucket, grp, {VOLUMES},
    count(finish) / count(*) AS known_share,
    CASE WHEN bool_or(reasoning <> 'unknown') THEN coalesce(sum(tokens) FILTER (reasoning = 'yes'), 0)
        / nullif(sum(tokens), 0) END AS reasoning_share,
    CASE WHEN count(finish) > 0 THEN coalesce(sum(tokens) FILTER (finish = 'tool_calls'), 0)
        / nullif(sum(tokens), 0) END AS tool_call_share,
    CASE WHEN count(offered) > 0 THEN coalesce(sum(tokens) FILTER (offered > 0), 0)
        / nullif(sum(tokens), 0) END AS tools_offered_share FROM asked GROUP BY bucket, grp)
SELECT *, list_avg([reasoning_share, tool_call_share, tools_offered_share]) AS share FROM cells"""


def lengths(asked: Asked) -> str:
    """Means and nearest-rank quantiles of the lengths themselves."""
    of = {"prompt": "prompt", "completion": "completion", "total": "tokens"}
    columns = [f"sum({what}) / count(*) AS {name}_mean" for name, what in of.items()]
    columns += [
        f"list_sort(list({what}))[(count(*) * {percent} + 99) // 100] AS {name}_p{percent}"
        for name, what in of.items()
        for percent in (50, 90, 99)
    ]
    return f"""{asked_of(asked, UNITS[asked.unit])}
SELECT bucket, grp, {VOLUMES}, 1.0 AS known_share, {", ".join(columns)} FROM asked GROUP BY bucket, grp"""


def totals(asked: Asked) -> str:
    """Sums, means per attempt, and prompt tokens for each completion token."""
    priced = "count(cost) / count(*)" if asked.unit == "usd" else "1.0"
    return f"""{asked_of(asked, UNITS[asked.unit])}
SELECT bucket, grp, {VOLUMES}, {priced} AS known_share, sum(prompt) AS prompt_tokens,
    sum(completion) AS completion_tokens, sum(tokens) / count(*) AS mean_tokens,
    sum(prompt) / nullif(sum(completion), 0) AS ratio, sum(prompt) / count(*) AS prompt_mean,
    sum(completion) / count(*) AS completion_mean
FROM asked GROUP BY bucket, grp"""


def cost_per_good(asked: Asked) -> str:
    """What a request that ended well costs, with and without those that did not."""
    good = "finish IN ('stop', 'tool_calls') AND coalesce(status, 'ok') = 'ok'"
    return f"""{asked_of(asked, UNITS[asked.unit])},
cells AS (SELECT bucket, grp, {VOLUMES}, count(*) FILTER ({good}) AS good_requests,
    CASE WHEN count(cost) > 0 THEN coalesce(sum(cost) FILTER ({good}), 0) END AS good_cost_usd,
    count(cost) / count(*) AS known_share FROM asked GROUP BY bucket, grp)
SELECT *, cost_usd::DOUBLE / nullif(good_requests, 0) AS cost_per_good_usd,
    good_cost_usd::DOUBLE / nullif(good_requests, 0) AS good_cost_mean_usd, good_requests / n AS good_rate
FROM cells"""
