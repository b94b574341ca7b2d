"""Raw usage events in DuckDB: one row per accepted event, read from the messages alone.

Written from docs/events.md, docs/catalogue.md and docs/categories.md; of the project it reads three data files and
runs no code. Money is an exact decimal, times are UTC, and what a message leaves out is null.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

_DATA = Path(__file__).resolve().parents[3] / "schemas"
MODELS, CATEGORIES, COUNTRIES = (
    _DATA / "catalogue" / "models.csv", _DATA / "categories" / "categories.csv", _DATA / "places" / "countries.csv",
)  # fmt: skip

_CLASSES = """CASE WHEN {0} IS NULL THEN 'unknown' WHEN {0} < 15 THEN 'small' WHEN {0} < 70 THEN 'medium'
    ELSE 'large' END"""

_CATALOGUE = f"""
CREATE OR REPLACE TABLE prices AS SELECT slug, valid_from::DATE AS valid_from,
    price_prompt_per_1m::DECIMAL(12,6) AS prompt_price, price_completion_per_1m::DECIMAL(12,6) AS completion_price,
    coalesce(price_cached_per_1m, price_prompt_per_1m)::DECIMAL(12,6) AS cached_price
FROM catalogue WHERE valid_from IS NOT NULL AND price_prompt_per_1m IS NOT NULL;

CREATE OR REPLACE TABLE models AS SELECT slug, any_value(author) AS author, any_value(author_country) AS country,
    any_value(open_weights) AS open_weights, any_value(reasoning) AS thinks,
    any_value(release_date::DATE) AS release_date,
    any_value(params_total_b::DOUBLE) AS total_b, any_value(params_active_b::DOUBLE) AS active_b
FROM catalogue GROUP BY slug;

CREATE TABLE classed AS SELECT slug, release_date, open_weights,
    CASE open_weights WHEN true THEN 'yes' WHEN false THEN 'no' ELSE 'unknown' END AS open,
    CASE WHEN open_weights IS NULL THEN 'unknown' WHEN NOT open_weights THEN 'proprietary'
        WHEN country IN ('CN', 'TW', 'HK') THEN 'chinese-oss' ELSE 'row-oss' END AS source,
    CASE thinks WHEN true THEN 'yes' WHEN false THEN 'no' ELSE 'unknown' END AS reasoning,
    {_CLASSES.format("total_b")} AS size_class, {_CLASSES.format("active_b")} AS active_size_class,
    coalesce(year(release_date) || '-Q' || quarter(release_date), 'unknown') AS release_quarter,
    CASE WHEN nth <= 3 THEN ['1st', '2nd', '3rd'][nth] WHEN nth <= 6 THEN '4th to 6th'
        WHEN nth > 6 THEN '7th or later' ELSE 'unknown' END AS release_order
FROM models LEFT JOIN (SELECT author, release_date,
        row_number() OVER (PARTITION BY author ORDER BY release_date) AS nth
    FROM (SELECT DISTINCT author, release_date FROM models WHERE release_date IS NOT NULL))
    USING (author, release_date);

CREATE MACRO routed(name) AS regexp_replace(regexp_replace(regexp_replace(regexp_replace(lower(name),
    '^(openrouter|bedrock)/', ''), '^us[.]anthropic[.]', 'anthropic/'), '-v[0-9]+:[0-9]+$', ''),
    '^mistral/', 'mistralai/');

CREATE MACRO folded(name) AS regexp_replace(lower(name), '[-._: ]+', '-', 'g');

CREATE OR REPLACE TABLE names AS SELECT DISTINCT folded(name) AS name, slug
FROM (SELECT slug, unnest([slug, string_split(slug, '/')[2]] || string_split(coalesce(aliases, ''), '|')) AS name
      FROM catalogue) WHERE name <> '';
"""

_FIELDS = """
CREATE OR REPLACE TABLE fields AS SELECT nth, message,
    message->>'$.event_id' AS event_id,
    CASE json_type(message, '$.event_time')
        WHEN 'VARCHAR' THEN (message->>'$.event_time')::TIMESTAMPTZ AT TIME ZONE 'UTC'
        ELSE make_timestamp((message->>'$.event_time')::BIGINT * 1000) END AS time,
    coalesce(message->>'$.gateway', '') AS gateway, coalesce(message->>'$.tenant', '') AS tenant,
    coalesce(message->>'$.provider', '') AS provider, message->>'$.model' AS raw_model,
    message->>'$.variant' AS own_variant,
    (message->>'$.prompt_tokens')::BIGINT AS prompt, (message->>'$.completion_tokens')::BIGINT AS completion,
    coalesce((message->>'$.attempt')::INT, 1) AS attempt,
    (message->>'$.reasoning_tokens')::BIGINT AS reasoning_tokens, (message->>'$.cached_tokens')::BIGINT AS cached,
    (message->>'$.tools_offered')::INT AS offered, message->>'$.finish_reason' AS finish,
    message->>'$.status' AS status,
    CASE message->>'$.is_byok' WHEN 'true' THEN 'yes' WHEN 'false' THEN 'no' ELSE '' END AS byok,
    CASE json_type(message, '$.cost_usd') WHEN 'VARCHAR' THEN (message->>'$.cost_usd')::DECIMAL(38,9)
        WHEN 'NULL' THEN NULL
        ELSE round_even((message->>'$.cost_usd')::DOUBLE * 1e9, 0)::DECIMAL(29,0) * 0.000000001::DECIMAL(9,9)
    END AS cost,
    message->>'$.account_hash' AS account, coalesce(message->>'$.account_key_id', '') AS account_key,
    message->>'$.billing_country' AS country_sent, coalesce(message->>'$.language', '') AS language,
    (message->>'$.sample_rate')::DOUBLE AS rate,
    from_json(message->'$.labels', '[{"path":"VARCHAR","confidence":"DOUBLE"}]') AS labels
FROM messages;

CREATE OR REPLACE TABLE judged AS SELECT *,
    raw_model IS NULL OR prompt < 0 OR coalesce(cached > prompt, false)
        OR coalesce(reasoning_tokens > completion, false) AS refused
FROM fields;

CREATE OR REPLACE TABLE told AS SELECT *, CASE WHEN refused THEN 'dead' WHEN nth = first_nth THEN 'stored'
        WHEN message = first_message THEN 'duplicate' ELSE 'conflict' END AS fate
FROM (SELECT *, min(nth) OVER same AS first_nth, arg_min(message, nth) OVER same AS first_message
      FROM judged WINDOW same AS (PARTITION BY event_id, refused));
"""

_LABELS = """
CREATE OR REPLACE TABLE mapped AS
WITH kept AS (SELECT nth, place, label.path AS path, label.confidence AS confidence
              FROM (SELECT nth, unnest(labels) AS label, generate_subscripts(labels, 1) AS place
                    FROM told WHERE fate = 'stored' AND len(labels) > 0)
              WHERE label.confidence >= 0.5)
SELECT kept.*, coalesce(line.category, 'others') AS category, coalesce(line.bucket, 'others') AS bucket_category,
    string_split(path, '/')[-1] AS sub_tag
FROM kept LEFT JOIN categories line ON path = line.prefix OR starts_with(path, line.prefix || '/')
QUALIFY row_number() OVER (PARTITION BY nth, place ORDER BY length(line.prefix) DESC NULLS LAST) = 1;

CREATE OR REPLACE TABLE surest AS SELECT nth, category, bucket_category, sub_tag FROM mapped
QUALIFY row_number() OVER (PARTITION BY nth ORDER BY confidence DESC, place) = 1;
"""

_DATE = "-(20[0-9]{6}|20[0-9]{2}-[0-9]{2}-[0-9]{2})$"

_EVENTS = f"""
CREATE OR REPLACE TABLE bare AS
SELECT DISTINCT raw_model, CASE WHEN raw_model = 'None' OR ends_with(raw_model, 'REDACTED') THEN 'unknown'
    ELSE cut.base END AS base, cut.suffix AS suffix
FROM (SELECT raw_model, regexp_extract(routed(raw_model),
          '^(.*?)(?::(free|beta|nitro|floor|thinking|extended|exacto|online))?$', ['base', 'suffix']) AS cut
      FROM told WHERE fate = 'stored');

CREATE OR REPLACE TABLE slugs AS
WITH tails AS (SELECT raw_model, start, folded(array_to_string(parts[start:], '/')) AS tail
               FROM (SELECT raw_model, string_split(base, '/') AS parts, unnest(range(1, len(parts) + 1)) AS start
                     FROM bare)),
tried AS (SELECT raw_model, start, 1 AS try, tail FROM tails
          UNION ALL SELECT raw_model, start, 2, regexp_replace(tail, '{_DATE}', '') FROM tails)
SELECT raw_model, arg_min(slug, start * 10 + try) AS slug FROM tried JOIN names ON name = tail GROUP BY raw_model;

CREATE OR REPLACE TABLE named AS
SELECT told.*, coalesce(slug, base) AS model, coalesce(own_variant, suffix) AS variant,
    slug IS NOT NULL AS listed_model,
    CASE WHEN contains(coalesce(slug, base), '/') THEN string_split(coalesce(slug, base), '/')[1]
        ELSE 'unknown' END AS author
FROM told JOIN bare USING (raw_model) LEFT JOIN slugs USING (raw_model) WHERE fate = 'stored';

CREATE OR REPLACE TABLE priced AS SELECT named.*, p.prompt_price, p.completion_price, p.cached_price
FROM named ASOF LEFT JOIN prices p ON named.model = p.slug AND named.time >= p.valid_from;

CREATE OR REPLACE TABLE events AS SELECT e.*, prompt + completion AS tokens,
    CASE WHEN variant = 'free' AND listed_model THEN 0 WHEN prompt_price IS NOT NULL THEN
        round(((prompt - coalesce(cached, 0)) * prompt_price + coalesce(cached, 0) * cached_price
               + completion * completion_price) / 1000000, 9) END AS list_cost,
    coalesce(m.open, 'unknown') AS open, coalesce(m.source, 'unknown') AS source,
    coalesce(m.reasoning, 'unknown') AS reasoning, coalesce(m.size_class, 'unknown') AS size_class,
    coalesce(m.active_size_class, 'unknown') AS active_size_class,
    coalesce(m.release_quarter, 'unknown') AS release_quarter,
    coalesce(m.release_order, 'unknown') AS release_order,
    CASE WHEN country_sent IS NULL THEN '' ELSE coalesce(c.code, 'unknown') END AS billing_country,
    coalesce(c.continent, 'unknown') AS continent,
    rate IS NOT NULL OR labels IS NOT NULL AS looked_at,
    round(1e6 / coalesce(rate, 1))::BIGINT AS weight,
    coalesce(s.category, 'unclassified') AS category, coalesce(s.bucket_category, 'unclassified') AS bucket_category,
    coalesce(s.sub_tag, '') AS sub_tag
FROM priced e LEFT JOIN classed m ON m.slug = e.model LEFT JOIN surest s ON s.nth = e.nth
LEFT JOIN countries c ON c.code = CASE country_sent WHEN 'UK' THEN 'GB' WHEN 'EL' THEN 'GR' ELSE country_sent END;
"""


class Recount:
    """A database whose table `events` has what was accepted of the messages it took last."""

    def __init__(self) -> None:
        self.database = duckdb.connect(config={"threads": 1})
        for name, path in {"catalogue": MODELS, "categories": CATEGORIES, "countries": COUNTRIES}.items():
            read = f"read_csv('{path}', header = true, nullstr = '')"
            self.database.execute(f"CREATE TABLE {name} AS SELECT * FROM {read}")
        self.database.execute(_CATALOGUE)

    def take(self, messages: Sequence[bytes]) -> None:
        """Read messages, in the order in which they arrived, in place of those before."""
        arrived = pa.table({"nth": range(len(messages)), "message": [message.decode() for message in messages]})
        self.database.register("arrived", arrived)
        self.database.execute("CREATE OR REPLACE TABLE messages AS SELECT nth, message::JSON AS message FROM arrived")
        for statements in (_FIELDS, _LABELS, _EVENTS):
            self.database.execute(statements)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Return the rows of a statement by column."""
        found = self.database.execute(sql)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()
