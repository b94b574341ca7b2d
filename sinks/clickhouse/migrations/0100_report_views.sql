-- repeatable: views only, applied again whenever this text changes.
-- Report and rolling views of the metric registry. Generated: python -m tokentide.reports
-- Parameters: from_s, to_s (epoch seconds), unit ('tokens', 'requests', 'usd'), top (largest groups kept),
-- by (a dimension of the metric, or '' for one group), and either bucket_s (4294967295 = everything)
-- or window_s and every_s. Windows read the 10-second level, so they reach back 14 received days.
-- Intervals and known_share of sampled figures are computed by `tokentide query`, not here.

CREATE OR REPLACE VIEW model_groups {{on_cluster}} AS
SELECT slug,
    multiIf(isNull(open_weights), 'unknown', NOT assumeNotNull(open_weights), 'proprietary', author_country IN ('CN', 'TW', 'HK'), 'chinese-oss', 'row-oss') AS source,
    multiIf(isNull(open_weights), 'unknown', assumeNotNull(open_weights), 'yes', 'no') AS open,
    multiIf(isNull(params_total_b), 'unknown', assumeNotNull(params_total_b) < 15, 'small', assumeNotNull(params_total_b) < 70, 'medium', 'large') AS size_class,
    multiIf(isNull(params_active_b), 'unknown', assumeNotNull(params_active_b) < 15, 'small', assumeNotNull(params_active_b) < 70, 'medium', 'large') AS active_size_class,
    multiIf(isNull(catalogue.reasoning), 'unknown', assumeNotNull(catalogue.reasoning), 'yes', 'no') AS reasoning,
    if(isNull(release_date), 'unknown', concat(toString(toYear(assumeNotNull(release_date))), '-Q', toString(toQuarter(assumeNotNull(release_date))))) AS release_quarter,
    multiIf(isNull(prompt_pico) OR isNull(completion_pico), 'unknown', (3 * assumeNotNull(prompt_pico) + assumeNotNull(completion_pico)) / 4e6 = 0, 'free', (3 * assumeNotNull(prompt_pico) + assumeNotNull(completion_pico)) / 4e6 < 0.5, 'budget', (3 * assumeNotNull(prompt_pico) + assumeNotNull(completion_pico)) / 4e6 < 3, 'mid', (3 * assumeNotNull(prompt_pico) + assumeNotNull(completion_pico)) / 4e6 < 15, 'premium', 'luxury') AS price_tier
FROM models AS catalogue;

CREATE OR REPLACE VIEW token_share_by_author {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced
  FROM (SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_model_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_model_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tokens / nullIf(sum(tokens) OVER at_time, 0) AS token_share,
  requests / nullIf(sum(requests) OVER at_time, 0) AS request_share,
  if(n > unpriced, cost_nano / nullIf(sum(cost_nano) OVER at_time, 0), NULL) AS cost_share,
  n,
  unpriced,
  if({unit:String} = 'usd', (n - unpriced) / nullIf(n, 0), 1.) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_token_share_by_author {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced
  FROM usage_model_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tokens / nullIf(sum(tokens) OVER at_time, 0) AS token_share,
  requests / nullIf(sum(requests) OVER at_time, 0) AS request_share,
  if(n > unpriced, cost_nano / nullIf(sum(cost_nano) OVER at_time, 0), NULL) AS cost_share,
  n,
  unpriced,
  if({unit:String} = 'usd', (n - unpriced) / nullIf(n, 0), 1.) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW token_share_by_source {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sumIf(usage.attempts, transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown') IN ('unknown', '')) AS unknown
  FROM (SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_model_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_model_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.unknown) AS unknown
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tokens / nullIf(sum(tokens) OVER at_time, 0) AS token_share,
  requests / nullIf(sum(requests) OVER at_time, 0) AS request_share,
  if(n > unpriced, cost_nano / nullIf(sum(cost_nano) OVER at_time, 0), NULL) AS cost_share,
  n,
  unpriced,
  sum(n - unknown) OVER at_time / nullIf(sum(n) OVER at_time, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_token_share_by_source {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sumIf(usage.attempts, transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown') IN ('unknown', '')) AS unknown
  FROM usage_model_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.unknown) AS unknown
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced,
    sum(toInt64(named_key.unknown) * edge.2) AS unknown
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced,
    sum(changes.unknown) OVER past AS unknown
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tokens / nullIf(sum(tokens) OVER at_time, 0) AS token_share,
  requests / nullIf(sum(requests) OVER at_time, 0) AS request_share,
  if(n > unpriced, cost_nano / nullIf(sum(cost_nano) OVER at_time, 0), NULL) AS cost_share,
  n,
  unpriced,
  sum(n - unknown) OVER at_time / nullIf(sum(n) OVER at_time, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW oss_tokens_by_author {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced
  FROM (SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_model_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_model_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC') AND transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown') IN ('yes')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tokens / nullIf(sum(tokens) OVER at_time, 0) AS token_share,
  requests / nullIf(sum(requests) OVER at_time, 0) AS request_share,
  if(n > unpriced, cost_nano / nullIf(sum(cost_nano) OVER at_time, 0), NULL) AS cost_share,
  n,
  unpriced,
  if({unit:String} = 'usd', (n - unpriced) / nullIf(n, 0), 1.) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_oss_tokens_by_author {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced
  FROM usage_model_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC') AND transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown') IN ('yes')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tokens / nullIf(sum(tokens) OVER at_time, 0) AS token_share,
  requests / nullIf(sum(requests) OVER at_time, 0) AS request_share,
  if(n > unpriced, cost_nano / nullIf(sum(cost_nano) OVER at_time, 0), NULL) AS cost_share,
  n,
  unpriced,
  if({unit:String} = 'usd', (n - unpriced) / nullIf(n, 0), 1.) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW oss_top_models {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced
  FROM (SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_model_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_model_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC') AND transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown') IN ('yes')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tokens / nullIf(sum(tokens) OVER at_time, 0) AS token_share,
  requests / nullIf(sum(requests) OVER at_time, 0) AS request_share,
  if(n > unpriced, cost_nano / nullIf(sum(cost_nano) OVER at_time, 0), NULL) AS cost_share,
  n,
  unpriced,
  if({unit:String} = 'usd', (n - unpriced) / nullIf(n, 0), 1.) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_oss_top_models {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced
  FROM usage_model_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC') AND transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown') IN ('yes')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tokens / nullIf(sum(tokens) OVER at_time, 0) AS token_share,
  requests / nullIf(sum(requests) OVER at_time, 0) AS request_share,
  if(n > unpriced, cost_nano / nullIf(sum(cost_nano) OVER at_time, 0), NULL) AS cost_share,
  n,
  unpriced,
  if({unit:String} = 'usd', (n - unpriced) / nullIf(n, 0), 1.) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW size_class_share {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sumIf(usage.attempts, transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown') IN ('unknown', '')) AS unknown
  FROM (SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_model_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_model_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC') AND transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown') IN ('yes')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.unknown) AS unknown
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tokens / nullIf(sum(tokens) OVER at_time, 0) AS token_share,
  requests / nullIf(sum(requests) OVER at_time, 0) AS request_share,
  if(n > unpriced, cost_nano / nullIf(sum(cost_nano) OVER at_time, 0), NULL) AS cost_share,
  n,
  unpriced,
  sum(n - unknown) OVER at_time / nullIf(sum(n) OVER at_time, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_size_class_share {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sumIf(usage.attempts, transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown') IN ('unknown', '')) AS unknown
  FROM usage_model_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC') AND transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown') IN ('yes')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.unknown) AS unknown
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced,
    sum(toInt64(named_key.unknown) * edge.2) AS unknown
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced,
    sum(changes.unknown) OVER past AS unknown
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tokens / nullIf(sum(tokens) OVER at_time, 0) AS token_share,
  requests / nullIf(sum(requests) OVER at_time, 0) AS request_share,
  if(n > unpriced, cost_nano / nullIf(sum(cost_nano) OVER at_time, 0), NULL) AS cost_share,
  n,
  unpriced,
  sum(n - unknown) OVER at_time / nullIf(sum(n) OVER at_time, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW reasoning_share {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sumIf(usage.prompt_tokens + usage.completion_tokens, transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown') IN ('yes')) AS reasoning_model_tokens,
    sumIf(usage.attempts, transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown') IN ('yes')) AS reasoning_model_attempts,
    sumIf(usage.prompt_tokens, transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown') IN ('yes')) AS reasoning_model_prompt,
    sumIf(usage.cost_nano, transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown') IN ('yes')) AS reasoning_model_cost,
    sum(usage.prompt_tokens) AS prompt,
    sum(usage.reasoning_tokens) AS reasoning_tokens,
    sum(usage.reasoning_completion_tokens) AS reasoning_completion_tokens,
    sum(usage.reasoning_known) AS reasoning_known,
    sumIf(usage.attempts, transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown') IN ('yes', 'no')) AS flagged
  FROM (SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced, reasoning_tokens, reasoning_completion_tokens, reasoning_known FROM usage_model_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced, reasoning_tokens, reasoning_completion_tokens, reasoning_known FROM usage_model_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.reasoning_model_tokens) AS reasoning_model_tokens,
    sum(ranked_key.reasoning_model_attempts) AS reasoning_model_attempts,
    sum(ranked_key.reasoning_model_prompt) AS reasoning_model_prompt,
    sum(ranked_key.reasoning_model_cost) AS reasoning_model_cost,
    sum(ranked_key.prompt) AS prompt,
    sum(ranked_key.reasoning_tokens) AS reasoning_tokens,
    sum(ranked_key.reasoning_completion_tokens) AS reasoning_completion_tokens,
    sum(ranked_key.reasoning_known) AS reasoning_known,
    sum(ranked_key.flagged) AS flagged
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  reasoning_model_tokens / nullIf(tokens, 0) AS token_share,
  reasoning_model_attempts / nullIf(n, 0) AS request_share,
  reasoning_model_prompt / nullIf(prompt, 0) AS prompt_share,
  if(n > unpriced, reasoning_model_cost / nullIf(cost_nano, 0), NULL) AS cost_share,
  reasoning_tokens / nullIf(reasoning_completion_tokens, 0) AS reasoning_token_share,
  reasoning_model_tokens,
  reasoning_known / nullIf(n, 0) AS reasoning_known_share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  n,
  unpriced,
  flagged / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_reasoning_share {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sumIf(usage.prompt_tokens + usage.completion_tokens, transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown') IN ('yes')) AS reasoning_model_tokens,
    sumIf(usage.attempts, transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown') IN ('yes')) AS reasoning_model_attempts,
    sumIf(usage.prompt_tokens, transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown') IN ('yes')) AS reasoning_model_prompt,
    sumIf(usage.cost_nano, transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown') IN ('yes')) AS reasoning_model_cost,
    sum(usage.prompt_tokens) AS prompt,
    sum(usage.reasoning_tokens) AS reasoning_tokens,
    sum(usage.reasoning_completion_tokens) AS reasoning_completion_tokens,
    sum(usage.reasoning_known) AS reasoning_known,
    sumIf(usage.attempts, transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown') IN ('yes', 'no')) AS flagged
  FROM usage_model_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.reasoning_model_tokens) AS reasoning_model_tokens,
    sum(ranked_key.reasoning_model_attempts) AS reasoning_model_attempts,
    sum(ranked_key.reasoning_model_prompt) AS reasoning_model_prompt,
    sum(ranked_key.reasoning_model_cost) AS reasoning_model_cost,
    sum(ranked_key.prompt) AS prompt,
    sum(ranked_key.reasoning_tokens) AS reasoning_tokens,
    sum(ranked_key.reasoning_completion_tokens) AS reasoning_completion_tokens,
    sum(ranked_key.reasoning_known) AS reasoning_known,
    sum(ranked_key.flagged) AS flagged
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced,
    sum(toInt64(named_key.reasoning_model_tokens) * edge.2) AS reasoning_model_tokens,
    sum(toInt64(named_key.reasoning_model_attempts) * edge.2) AS reasoning_model_attempts,
    sum(toInt64(named_key.reasoning_model_prompt) * edge.2) AS reasoning_model_prompt,
    sum(toInt64(named_key.reasoning_model_cost) * edge.2) AS reasoning_model_cost,
    sum(toInt64(named_key.prompt) * edge.2) AS prompt,
    sum(toInt64(named_key.reasoning_tokens) * edge.2) AS reasoning_tokens,
    sum(toInt64(named_key.reasoning_completion_tokens) * edge.2) AS reasoning_completion_tokens,
    sum(toInt64(named_key.reasoning_known) * edge.2) AS reasoning_known,
    sum(toInt64(named_key.flagged) * edge.2) AS flagged
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced,
    sum(changes.reasoning_model_tokens) OVER past AS reasoning_model_tokens,
    sum(changes.reasoning_model_attempts) OVER past AS reasoning_model_attempts,
    sum(changes.reasoning_model_prompt) OVER past AS reasoning_model_prompt,
    sum(changes.reasoning_model_cost) OVER past AS reasoning_model_cost,
    sum(changes.prompt) OVER past AS prompt,
    sum(changes.reasoning_tokens) OVER past AS reasoning_tokens,
    sum(changes.reasoning_completion_tokens) OVER past AS reasoning_completion_tokens,
    sum(changes.reasoning_known) OVER past AS reasoning_known,
    sum(changes.flagged) OVER past AS flagged
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  reasoning_model_tokens / nullIf(tokens, 0) AS token_share,
  reasoning_model_attempts / nullIf(n, 0) AS request_share,
  reasoning_model_prompt / nullIf(prompt, 0) AS prompt_share,
  if(n > unpriced, reasoning_model_cost / nullIf(cost_nano, 0), NULL) AS cost_share,
  reasoning_tokens / nullIf(reasoning_completion_tokens, 0) AS reasoning_token_share,
  reasoning_model_tokens,
  reasoning_known / nullIf(n, 0) AS reasoning_known_share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  n,
  unpriced,
  flagged / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW top_reasoning_models {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced
  FROM (SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_model_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_model_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC') AND transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown') IN ('yes')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tokens / nullIf(sum(tokens) OVER at_time, 0) AS token_share,
  requests / nullIf(sum(requests) OVER at_time, 0) AS request_share,
  if(n > unpriced, cost_nano / nullIf(sum(cost_nano) OVER at_time, 0), NULL) AS cost_share,
  n,
  unpriced,
  if({unit:String} = 'usd', (n - unpriced) / nullIf(n, 0), 1.) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_top_reasoning_models {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced
  FROM usage_model_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC') AND transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown') IN ('yes')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tokens / nullIf(sum(tokens) OVER at_time, 0) AS token_share,
  requests / nullIf(sum(requests) OVER at_time, 0) AS request_share,
  if(n > unpriced, cost_nano / nullIf(sum(cost_nano) OVER at_time, 0), NULL) AS cost_share,
  n,
  unpriced,
  if({unit:String} = 'usd', (n - unpriced) / nullIf(n, 0), 1.) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW tool_call_rate {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sum(usage.tool_call_tokens) AS tool_call_tokens,
    sum(usage.tool_call_requests) AS tool_call_requests,
    sum(usage.tool_call_cost_nano) AS tool_call_cost_nano,
    sum(usage.finish_known) AS known
  FROM (SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced, tool_call_tokens, tool_call_requests, tool_call_cost_nano, finish_known FROM usage_model_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced, tool_call_tokens, tool_call_requests, tool_call_cost_nano, finish_known FROM usage_model_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.tool_call_tokens) AS tool_call_tokens,
    sum(ranked_key.tool_call_requests) AS tool_call_requests,
    sum(ranked_key.tool_call_cost_nano) AS tool_call_cost_nano,
    sum(ranked_key.known) AS known
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  request_share AS rate,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tool_call_tokens / nullIf(tokens, 0) AS token_share,
  tool_call_requests / nullIf(n, 0) AS request_share,
  if(n > unpriced, tool_call_cost_nano / nullIf(cost_nano, 0), NULL) AS cost_share,
  tool_call_tokens,
  tool_call_requests,
  if(n > unpriced, tool_call_cost_nano / 1e9, NULL) AS tool_call_cost_usd,
  n,
  unpriced,
  known / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_tool_call_rate {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sum(usage.tool_call_tokens) AS tool_call_tokens,
    sum(usage.tool_call_requests) AS tool_call_requests,
    sum(usage.tool_call_cost_nano) AS tool_call_cost_nano,
    sum(usage.finish_known) AS known
  FROM usage_model_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.tool_call_tokens) AS tool_call_tokens,
    sum(ranked_key.tool_call_requests) AS tool_call_requests,
    sum(ranked_key.tool_call_cost_nano) AS tool_call_cost_nano,
    sum(ranked_key.known) AS known
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced,
    sum(toInt64(named_key.tool_call_tokens) * edge.2) AS tool_call_tokens,
    sum(toInt64(named_key.tool_call_requests) * edge.2) AS tool_call_requests,
    sum(toInt64(named_key.tool_call_cost_nano) * edge.2) AS tool_call_cost_nano,
    sum(toInt64(named_key.known) * edge.2) AS known
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced,
    sum(changes.tool_call_tokens) OVER past AS tool_call_tokens,
    sum(changes.tool_call_requests) OVER past AS tool_call_requests,
    sum(changes.tool_call_cost_nano) OVER past AS tool_call_cost_nano,
    sum(changes.known) OVER past AS known
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  request_share AS rate,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tool_call_tokens / nullIf(tokens, 0) AS token_share,
  tool_call_requests / nullIf(n, 0) AS request_share,
  if(n > unpriced, tool_call_cost_nano / nullIf(cost_nano, 0), NULL) AS cost_share,
  tool_call_tokens,
  tool_call_requests,
  if(n > unpriced, tool_call_cost_nano / 1e9, NULL) AS tool_call_cost_usd,
  n,
  unpriced,
  known / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW tool_call_token_share {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sum(usage.tool_call_tokens) AS tool_call_tokens,
    sum(usage.tool_call_requests) AS tool_call_requests,
    sum(usage.tool_call_cost_nano) AS tool_call_cost_nano,
    sum(usage.finish_known) AS known
  FROM (SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced, tool_call_tokens, tool_call_requests, tool_call_cost_nano, finish_known FROM usage_model_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced, tool_call_tokens, tool_call_requests, tool_call_cost_nano, finish_known FROM usage_model_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.tool_call_tokens) AS tool_call_tokens,
    sum(ranked_key.tool_call_requests) AS tool_call_requests,
    sum(ranked_key.tool_call_cost_nano) AS tool_call_cost_nano,
    sum(ranked_key.known) AS known
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tool_call_tokens / nullIf(tokens, 0) AS token_share,
  tool_call_requests / nullIf(n, 0) AS request_share,
  if(n > unpriced, tool_call_cost_nano / nullIf(cost_nano, 0), NULL) AS cost_share,
  tool_call_tokens,
  tool_call_requests,
  if(n > unpriced, tool_call_cost_nano / 1e9, NULL) AS tool_call_cost_usd,
  n,
  unpriced,
  known / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_tool_call_token_share {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sum(usage.tool_call_tokens) AS tool_call_tokens,
    sum(usage.tool_call_requests) AS tool_call_requests,
    sum(usage.tool_call_cost_nano) AS tool_call_cost_nano,
    sum(usage.finish_known) AS known
  FROM usage_model_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.tool_call_tokens) AS tool_call_tokens,
    sum(ranked_key.tool_call_requests) AS tool_call_requests,
    sum(ranked_key.tool_call_cost_nano) AS tool_call_cost_nano,
    sum(ranked_key.known) AS known
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced,
    sum(toInt64(named_key.tool_call_tokens) * edge.2) AS tool_call_tokens,
    sum(toInt64(named_key.tool_call_requests) * edge.2) AS tool_call_requests,
    sum(toInt64(named_key.tool_call_cost_nano) * edge.2) AS tool_call_cost_nano,
    sum(toInt64(named_key.known) * edge.2) AS known
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced,
    sum(changes.tool_call_tokens) OVER past AS tool_call_tokens,
    sum(changes.tool_call_requests) OVER past AS tool_call_requests,
    sum(changes.tool_call_cost_nano) OVER past AS tool_call_cost_nano,
    sum(changes.known) OVER past AS known
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tool_call_tokens / nullIf(tokens, 0) AS token_share,
  tool_call_requests / nullIf(n, 0) AS request_share,
  if(n > unpriced, tool_call_cost_nano / nullIf(cost_nano, 0), NULL) AS cost_share,
  tool_call_tokens,
  tool_call_requests,
  if(n > unpriced, tool_call_cost_nano / 1e9, NULL) AS tool_call_cost_usd,
  n,
  unpriced,
  known / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW tools_offered {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sum(usage.tools_offered_tokens) AS tools_offered_tokens,
    sum(usage.tools_offered_requests) AS tools_offered_requests,
    sum(usage.tools_offered_cost_nano) AS tools_offered_cost_nano,
    sum(usage.tools_offered_known) AS known,
    sum(usage.tool_call_requests) AS tool_call_requests
  FROM (SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced, tools_offered_tokens, tools_offered_requests, tools_offered_cost_nano, tools_offered_known, tool_call_requests FROM usage_model_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced, tools_offered_tokens, tools_offered_requests, tools_offered_cost_nano, tools_offered_known, tool_call_requests FROM usage_model_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.tools_offered_tokens) AS tools_offered_tokens,
    sum(ranked_key.tools_offered_requests) AS tools_offered_requests,
    sum(ranked_key.tools_offered_cost_nano) AS tools_offered_cost_nano,
    sum(ranked_key.known) AS known,
    sum(ranked_key.tool_call_requests) AS tool_call_requests
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tools_offered_tokens / nullIf(tokens, 0) AS token_share,
  tools_offered_requests / nullIf(n, 0) AS request_share,
  if(n > unpriced, tools_offered_cost_nano / nullIf(cost_nano, 0), NULL) AS cost_share,
  tools_offered_tokens,
  tools_offered_requests,
  if(n > unpriced, tools_offered_cost_nano / 1e9, NULL) AS tools_offered_cost_usd,
  tool_call_requests / nullIf(measured.tools_offered_requests, 0) AS invoked_per_offered,
  n,
  unpriced,
  known / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_tools_offered {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sum(usage.tools_offered_tokens) AS tools_offered_tokens,
    sum(usage.tools_offered_requests) AS tools_offered_requests,
    sum(usage.tools_offered_cost_nano) AS tools_offered_cost_nano,
    sum(usage.tools_offered_known) AS known,
    sum(usage.tool_call_requests) AS tool_call_requests
  FROM usage_model_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.tools_offered_tokens) AS tools_offered_tokens,
    sum(ranked_key.tools_offered_requests) AS tools_offered_requests,
    sum(ranked_key.tools_offered_cost_nano) AS tools_offered_cost_nano,
    sum(ranked_key.known) AS known,
    sum(ranked_key.tool_call_requests) AS tool_call_requests
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced,
    sum(toInt64(named_key.tools_offered_tokens) * edge.2) AS tools_offered_tokens,
    sum(toInt64(named_key.tools_offered_requests) * edge.2) AS tools_offered_requests,
    sum(toInt64(named_key.tools_offered_cost_nano) * edge.2) AS tools_offered_cost_nano,
    sum(toInt64(named_key.known) * edge.2) AS known,
    sum(toInt64(named_key.tool_call_requests) * edge.2) AS tool_call_requests
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced,
    sum(changes.tools_offered_tokens) OVER past AS tools_offered_tokens,
    sum(changes.tools_offered_requests) OVER past AS tools_offered_requests,
    sum(changes.tools_offered_cost_nano) OVER past AS tools_offered_cost_nano,
    sum(changes.known) OVER past AS known,
    sum(changes.tool_call_requests) OVER past AS tool_call_requests
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tools_offered_tokens / nullIf(tokens, 0) AS token_share,
  tools_offered_requests / nullIf(n, 0) AS request_share,
  if(n > unpriced, tools_offered_cost_nano / nullIf(cost_nano, 0), NULL) AS cost_share,
  tools_offered_tokens,
  tools_offered_requests,
  if(n > unpriced, tools_offered_cost_nano / 1e9, NULL) AS tools_offered_cost_usd,
  tool_call_requests / nullIf(measured.tools_offered_requests, 0) AS invoked_per_offered,
  n,
  unpriced,
  known / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW tool_calls_by_model {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sum(usage.tool_call_tokens) AS tool_call_tokens,
    sum(usage.tool_call_requests) AS tool_call_requests,
    sum(usage.tool_call_cost_nano) AS tool_call_cost_nano,
    sum(usage.finish_known) AS carried
  FROM (SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced, tool_call_tokens, tool_call_requests, tool_call_cost_nano, finish_known FROM usage_model_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced, tool_call_tokens, tool_call_requests, tool_call_cost_nano, finish_known FROM usage_model_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(tool_call_cost_nano), {unit:String} = 'requests', toUInt128(tool_call_requests), toUInt128(tool_call_tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.tool_call_tokens) AS tool_call_tokens,
    sum(ranked_key.tool_call_requests) AS tool_call_requests,
    sum(ranked_key.tool_call_cost_nano) AS tool_call_cost_nano,
    sum(ranked_key.carried) AS carried
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tool_call_tokens / nullIf(sum(tool_call_tokens) OVER at_time, 0) AS token_share,
  tool_call_requests / nullIf(sum(tool_call_requests) OVER at_time, 0) AS request_share,
  if(n > unpriced, tool_call_cost_nano / nullIf(sum(tool_call_cost_nano) OVER at_time, 0), NULL) AS cost_share,
  tool_call_tokens,
  tool_call_requests,
  if(n > unpriced, tool_call_cost_nano / 1e9, NULL) AS tool_call_cost_usd,
  n,
  unpriced,
  carried / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(tool_call_cost_nano), {unit:String} = 'requests', toUInt128(tool_call_requests), toUInt128(tool_call_tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_tool_calls_by_model {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sum(usage.tool_call_tokens) AS tool_call_tokens,
    sum(usage.tool_call_requests) AS tool_call_requests,
    sum(usage.tool_call_cost_nano) AS tool_call_cost_nano,
    sum(usage.finish_known) AS carried
  FROM usage_model_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(tool_call_cost_nano), {unit:String} = 'requests', toUInt128(tool_call_requests), toUInt128(tool_call_tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.tool_call_tokens) AS tool_call_tokens,
    sum(ranked_key.tool_call_requests) AS tool_call_requests,
    sum(ranked_key.tool_call_cost_nano) AS tool_call_cost_nano,
    sum(ranked_key.carried) AS carried
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced,
    sum(toInt64(named_key.tool_call_tokens) * edge.2) AS tool_call_tokens,
    sum(toInt64(named_key.tool_call_requests) * edge.2) AS tool_call_requests,
    sum(toInt64(named_key.tool_call_cost_nano) * edge.2) AS tool_call_cost_nano,
    sum(toInt64(named_key.carried) * edge.2) AS carried
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced,
    sum(changes.tool_call_tokens) OVER past AS tool_call_tokens,
    sum(changes.tool_call_requests) OVER past AS tool_call_requests,
    sum(changes.tool_call_cost_nano) OVER past AS tool_call_cost_nano,
    sum(changes.carried) OVER past AS carried
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tool_call_tokens / nullIf(sum(tool_call_tokens) OVER at_time, 0) AS token_share,
  tool_call_requests / nullIf(sum(tool_call_requests) OVER at_time, 0) AS request_share,
  if(n > unpriced, tool_call_cost_nano / nullIf(sum(tool_call_cost_nano) OVER at_time, 0), NULL) AS cost_share,
  tool_call_tokens,
  tool_call_requests,
  if(n > unpriced, tool_call_cost_nano / 1e9, NULL) AS tool_call_cost_usd,
  n,
  unpriced,
  carried / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(tool_call_cost_nano), {unit:String} = 'requests', toUInt128(tool_call_requests), toUInt128(tool_call_tokens)) DESC, key;

CREATE OR REPLACE VIEW sequence_length {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sum(usage.prompt_tokens) AS prompt_sum,
    sum(usage.completion_tokens) AS completion_sum,
    sum(usage.prompt_tokens + usage.completion_tokens) AS total_sum,
    sumMap(usage.prompt_hist) AS prompt_hist,
    sumMap(usage.completion_hist) AS completion_hist,
    sumMap(usage.total_hist) AS total_hist
  FROM (SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced, prompt_hist, completion_hist, total_hist FROM usage_model_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced, prompt_hist, completion_hist, total_hist FROM usage_model_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.prompt_sum) AS prompt_sum,
    sum(ranked_key.completion_sum) AS completion_sum,
    sum(ranked_key.total_sum) AS total_sum,
    sumMap(ranked_key.prompt_hist) AS prompt_hist,
    sumMap(ranked_key.completion_hist) AS completion_hist,
    sumMap(ranked_key.total_hist) AS total_hist
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.*,
    prompt_sum / nullIf(n, 0) AS prompt_mean,
    arrayCumSum(mapValues(prompt_hist)) AS prompt_counts,
    mapKeys(prompt_hist)[arrayFirstIndex(c -> toUInt64(c) >= intDiv(toUInt64(prompt_counts[-1]) * 50 + 99, 100), prompt_counts)] AS prompt_bin50,
    mapKeys(prompt_hist)[arrayFirstIndex(c -> toUInt64(c) >= intDiv(toUInt64(prompt_counts[-1]) * 90 + 99, 100), prompt_counts)] AS prompt_bin90,
    mapKeys(prompt_hist)[arrayFirstIndex(c -> toUInt64(c) >= intDiv(toUInt64(prompt_counts[-1]) * 99 + 99, 100), prompt_counts)] AS prompt_bin99,
    completion_sum / nullIf(n, 0) AS completion_mean,
    arrayCumSum(mapValues(completion_hist)) AS completion_counts,
    mapKeys(completion_hist)[arrayFirstIndex(c -> toUInt64(c) >= intDiv(toUInt64(completion_counts[-1]) * 50 + 99, 100), completion_counts)] AS completion_bin50,
    mapKeys(completion_hist)[arrayFirstIndex(c -> toUInt64(c) >= intDiv(toUInt64(completion_counts[-1]) * 90 + 99, 100), completion_counts)] AS completion_bin90,
    mapKeys(completion_hist)[arrayFirstIndex(c -> toUInt64(c) >= intDiv(toUInt64(completion_counts[-1]) * 99 + 99, 100), completion_counts)] AS completion_bin99,
    total_sum / nullIf(n, 0) AS total_mean,
    arrayCumSum(mapValues(total_hist)) AS total_counts,
    mapKeys(total_hist)[arrayFirstIndex(c -> toUInt64(c) >= intDiv(toUInt64(total_counts[-1]) * 50 + 99, 100), total_counts)] AS total_bin50,
    mapKeys(total_hist)[arrayFirstIndex(c -> toUInt64(c) >= intDiv(toUInt64(total_counts[-1]) * 90 + 99, 100), total_counts)] AS total_bin90,
    mapKeys(total_hist)[arrayFirstIndex(c -> toUInt64(c) >= intDiv(toUInt64(total_counts[-1]) * 99 + 99, 100), total_counts)] AS total_bin99 FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  prompt_mean,
  if(prompt_bin50 < 128, toUInt64(prompt_bin50), bitShiftLeft(toUInt64(128 + prompt_bin50 % 128), toUInt8(greatest(intDiv(prompt_bin50, 128), 1) - 1)) + intDiv(bitShiftLeft(toUInt64(1), toUInt8(greatest(intDiv(prompt_bin50, 128), 1) - 1)) - 1, 2)) AS prompt_p50,
  if(prompt_bin90 < 128, toUInt64(prompt_bin90), bitShiftLeft(toUInt64(128 + prompt_bin90 % 128), toUInt8(greatest(intDiv(prompt_bin90, 128), 1) - 1)) + intDiv(bitShiftLeft(toUInt64(1), toUInt8(greatest(intDiv(prompt_bin90, 128), 1) - 1)) - 1, 2)) AS prompt_p90,
  if(prompt_bin99 < 128, toUInt64(prompt_bin99), bitShiftLeft(toUInt64(128 + prompt_bin99 % 128), toUInt8(greatest(intDiv(prompt_bin99, 128), 1) - 1)) + intDiv(bitShiftLeft(toUInt64(1), toUInt8(greatest(intDiv(prompt_bin99, 128), 1) - 1)) - 1, 2)) AS prompt_p99,
  completion_mean,
  if(completion_bin50 < 128, toUInt64(completion_bin50), bitShiftLeft(toUInt64(128 + completion_bin50 % 128), toUInt8(greatest(intDiv(completion_bin50, 128), 1) - 1)) + intDiv(bitShiftLeft(toUInt64(1), toUInt8(greatest(intDiv(completion_bin50, 128), 1) - 1)) - 1, 2)) AS completion_p50,
  if(completion_bin90 < 128, toUInt64(completion_bin90), bitShiftLeft(toUInt64(128 + completion_bin90 % 128), toUInt8(greatest(intDiv(completion_bin90, 128), 1) - 1)) + intDiv(bitShiftLeft(toUInt64(1), toUInt8(greatest(intDiv(completion_bin90, 128), 1) - 1)) - 1, 2)) AS completion_p90,
  if(completion_bin99 < 128, toUInt64(completion_bin99), bitShiftLeft(toUInt64(128 + completion_bin99 % 128), toUInt8(greatest(intDiv(completion_bin99, 128), 1) - 1)) + intDiv(bitShiftLeft(toUInt64(1), toUInt8(greatest(intDiv(completion_bin99, 128), 1) - 1)) - 1, 2)) AS completion_p99,
  total_mean,
  if(total_bin50 < 128, toUInt64(total_bin50), bitShiftLeft(toUInt64(128 + total_bin50 % 128), toUInt8(greatest(intDiv(total_bin50, 128), 1) - 1)) + intDiv(bitShiftLeft(toUInt64(1), toUInt8(greatest(intDiv(total_bin50, 128), 1) - 1)) - 1, 2)) AS total_p50,
  if(total_bin90 < 128, toUInt64(total_bin90), bitShiftLeft(toUInt64(128 + total_bin90 % 128), toUInt8(greatest(intDiv(total_bin90, 128), 1) - 1)) + intDiv(bitShiftLeft(toUInt64(1), toUInt8(greatest(intDiv(total_bin90, 128), 1) - 1)) - 1, 2)) AS total_p90,
  if(total_bin99 < 128, toUInt64(total_bin99), bitShiftLeft(toUInt64(128 + total_bin99 % 128), toUInt8(greatest(intDiv(total_bin99, 128), 1) - 1)) + intDiv(bitShiftLeft(toUInt64(1), toUInt8(greatest(intDiv(total_bin99, 128), 1) - 1)) - 1, 2)) AS total_p99,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  n,
  unpriced,
  1. AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_sequence_length {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sum(usage.prompt_tokens) AS prompt_sum,
    sum(usage.completion_tokens) AS completion_sum,
    sum(usage.prompt_tokens + usage.completion_tokens) AS total_sum,
    sumMap(usage.prompt_hist) AS prompt_hist,
    sumMap(usage.completion_hist) AS completion_hist,
    sumMap(usage.total_hist) AS total_hist
  FROM usage_model_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.prompt_sum) AS prompt_sum,
    sum(ranked_key.completion_sum) AS completion_sum,
    sum(ranked_key.total_sum) AS total_sum,
    sumMap(ranked_key.prompt_hist) AS prompt_hist,
    sumMap(ranked_key.completion_hist) AS completion_hist,
    sumMap(ranked_key.total_hist) AS total_hist
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced,
    sum(toInt64(named_key.prompt_sum) * edge.2) AS prompt_sum,
    sum(toInt64(named_key.completion_sum) * edge.2) AS completion_sum,
    sum(toInt64(named_key.total_sum) * edge.2) AS total_sum,
    sumMap(mapApply((i, c) -> (i, toInt64(c) * edge.2), named_key.prompt_hist)) AS prompt_hist,
    sumMap(mapApply((i, c) -> (i, toInt64(c) * edge.2), named_key.completion_hist)) AS completion_hist,
    sumMap(mapApply((i, c) -> (i, toInt64(c) * edge.2), named_key.total_hist)) AS total_hist
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced,
    sum(changes.prompt_sum) OVER past AS prompt_sum,
    sum(changes.completion_sum) OVER past AS completion_sum,
    sum(changes.total_sum) OVER past AS total_sum,
    sumMap(changes.prompt_hist) OVER past AS prompt_hist,
    sumMap(changes.completion_hist) OVER past AS completion_hist,
    sumMap(changes.total_hist) OVER past AS total_hist
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.*,
    prompt_sum / nullIf(n, 0) AS prompt_mean,
    arrayCumSum(mapValues(prompt_hist)) AS prompt_counts,
    mapKeys(prompt_hist)[arrayFirstIndex(c -> toUInt64(c) >= intDiv(toUInt64(prompt_counts[-1]) * 50 + 99, 100), prompt_counts)] AS prompt_bin50,
    mapKeys(prompt_hist)[arrayFirstIndex(c -> toUInt64(c) >= intDiv(toUInt64(prompt_counts[-1]) * 90 + 99, 100), prompt_counts)] AS prompt_bin90,
    mapKeys(prompt_hist)[arrayFirstIndex(c -> toUInt64(c) >= intDiv(toUInt64(prompt_counts[-1]) * 99 + 99, 100), prompt_counts)] AS prompt_bin99,
    completion_sum / nullIf(n, 0) AS completion_mean,
    arrayCumSum(mapValues(completion_hist)) AS completion_counts,
    mapKeys(completion_hist)[arrayFirstIndex(c -> toUInt64(c) >= intDiv(toUInt64(completion_counts[-1]) * 50 + 99, 100), completion_counts)] AS completion_bin50,
    mapKeys(completion_hist)[arrayFirstIndex(c -> toUInt64(c) >= intDiv(toUInt64(completion_counts[-1]) * 90 + 99, 100), completion_counts)] AS completion_bin90,
    mapKeys(completion_hist)[arrayFirstIndex(c -> toUInt64(c) >= intDiv(toUInt64(completion_counts[-1]) * 99 + 99, 100), completion_counts)] AS completion_bin99,
    total_sum / nullIf(n, 0) AS total_mean,
    arrayCumSum(mapValues(total_hist)) AS total_counts,
    mapKeys(total_hist)[arrayFirstIndex(c -> toUInt64(c) >= intDiv(toUInt64(total_counts[-1]) * 50 + 99, 100), total_counts)] AS total_bin50,
    mapKeys(total_hist)[arrayFirstIndex(c -> toUInt64(c) >= intDiv(toUInt64(total_counts[-1]) * 90 + 99, 100), total_counts)] AS total_bin90,
    mapKeys(total_hist)[arrayFirstIndex(c -> toUInt64(c) >= intDiv(toUInt64(total_counts[-1]) * 99 + 99, 100), total_counts)] AS total_bin99 FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  prompt_mean,
  if(prompt_bin50 < 128, toUInt64(prompt_bin50), bitShiftLeft(toUInt64(128 + prompt_bin50 % 128), toUInt8(greatest(intDiv(prompt_bin50, 128), 1) - 1)) + intDiv(bitShiftLeft(toUInt64(1), toUInt8(greatest(intDiv(prompt_bin50, 128), 1) - 1)) - 1, 2)) AS prompt_p50,
  if(prompt_bin90 < 128, toUInt64(prompt_bin90), bitShiftLeft(toUInt64(128 + prompt_bin90 % 128), toUInt8(greatest(intDiv(prompt_bin90, 128), 1) - 1)) + intDiv(bitShiftLeft(toUInt64(1), toUInt8(greatest(intDiv(prompt_bin90, 128), 1) - 1)) - 1, 2)) AS prompt_p90,
  if(prompt_bin99 < 128, toUInt64(prompt_bin99), bitShiftLeft(toUInt64(128 + prompt_bin99 % 128), toUInt8(greatest(intDiv(prompt_bin99, 128), 1) - 1)) + intDiv(bitShiftLeft(toUInt64(1), toUInt8(greatest(intDiv(prompt_bin99, 128), 1) - 1)) - 1, 2)) AS prompt_p99,
  completion_mean,
  if(completion_bin50 < 128, toUInt64(completion_bin50), bitShiftLeft(toUInt64(128 + completion_bin50 % 128), toUInt8(greatest(intDiv(completion_bin50, 128), 1) - 1)) + intDiv(bitShiftLeft(toUInt64(1), toUInt8(greatest(intDiv(completion_bin50, 128), 1) - 1)) - 1, 2)) AS completion_p50,
  if(completion_bin90 < 128, toUInt64(completion_bin90), bitShiftLeft(toUInt64(128 + completion_bin90 % 128), toUInt8(greatest(intDiv(completion_bin90, 128), 1) - 1)) + intDiv(bitShiftLeft(toUInt64(1), toUInt8(greatest(intDiv(completion_bin90, 128), 1) - 1)) - 1, 2)) AS completion_p90,
  if(completion_bin99 < 128, toUInt64(completion_bin99), bitShiftLeft(toUInt64(128 + completion_bin99 % 128), toUInt8(greatest(intDiv(completion_bin99, 128), 1) - 1)) + intDiv(bitShiftLeft(toUInt64(1), toUInt8(greatest(intDiv(completion_bin99, 128), 1) - 1)) - 1, 2)) AS completion_p99,
  total_mean,
  if(total_bin50 < 128, toUInt64(total_bin50), bitShiftLeft(toUInt64(128 + total_bin50 % 128), toUInt8(greatest(intDiv(total_bin50, 128), 1) - 1)) + intDiv(bitShiftLeft(toUInt64(1), toUInt8(greatest(intDiv(total_bin50, 128), 1) - 1)) - 1, 2)) AS total_p50,
  if(total_bin90 < 128, toUInt64(total_bin90), bitShiftLeft(toUInt64(128 + total_bin90 % 128), toUInt8(greatest(intDiv(total_bin90, 128), 1) - 1)) + intDiv(bitShiftLeft(toUInt64(1), toUInt8(greatest(intDiv(total_bin90, 128), 1) - 1)) - 1, 2)) AS total_p90,
  if(total_bin99 < 128, toUInt64(total_bin99), bitShiftLeft(toUInt64(128 + total_bin99 % 128), toUInt8(greatest(intDiv(total_bin99, 128), 1) - 1)) + intDiv(bitShiftLeft(toUInt64(1), toUInt8(greatest(intDiv(total_bin99, 128), 1) - 1)) - 1, 2)) AS total_p99,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  n,
  unpriced,
  1. AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW input_output_ratio {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sum(usage.prompt_tokens) AS prompt_tokens,
    sum(usage.completion_tokens) AS completion_tokens
  FROM (SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_model_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_model_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.prompt_tokens) AS prompt_tokens,
    sum(ranked_key.completion_tokens) AS completion_tokens
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  prompt_tokens / nullIf(completion_tokens, 0) AS ratio,
  prompt_tokens / nullIf(n, 0) AS prompt_mean,
  completion_tokens / nullIf(n, 0) AS completion_mean,
  prompt_tokens,
  completion_tokens,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  n,
  unpriced,
  1. AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_input_output_ratio {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sum(usage.prompt_tokens) AS prompt_tokens,
    sum(usage.completion_tokens) AS completion_tokens
  FROM usage_model_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.prompt_tokens) AS prompt_tokens,
    sum(ranked_key.completion_tokens) AS completion_tokens
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced,
    sum(toInt64(named_key.prompt_tokens) * edge.2) AS prompt_tokens,
    sum(toInt64(named_key.completion_tokens) * edge.2) AS completion_tokens
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced,
    sum(changes.prompt_tokens) OVER past AS prompt_tokens,
    sum(changes.completion_tokens) OVER past AS completion_tokens
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  prompt_tokens / nullIf(completion_tokens, 0) AS ratio,
  prompt_tokens / nullIf(n, 0) AS prompt_mean,
  completion_tokens / nullIf(n, 0) AS completion_mean,
  prompt_tokens,
  completion_tokens,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  n,
  unpriced,
  1. AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW agentic_share {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sumIf(usage.prompt_tokens + usage.completion_tokens, transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown') IN ('yes')) AS reasoning_model_tokens,
    sum(usage.tool_call_tokens) AS tool_call_tokens,
    sum(usage.tools_offered_tokens) AS tools_offered_tokens,
    sum(usage.tools_offered_known) AS tools_offered_known,
    sum(usage.finish_known) AS finish_known,
    sumIf(usage.attempts, transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown') IN ('yes', 'no')) AS flagged
  FROM (SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced, tool_call_tokens, tools_offered_tokens, tools_offered_known, finish_known FROM usage_model_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced, tool_call_tokens, tools_offered_tokens, tools_offered_known, finish_known FROM usage_model_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.reasoning_model_tokens) AS reasoning_model_tokens,
    sum(ranked_key.tool_call_tokens) AS tool_call_tokens,
    sum(ranked_key.tools_offered_tokens) AS tools_offered_tokens,
    sum(ranked_key.tools_offered_known) AS tools_offered_known,
    sum(ranked_key.finish_known) AS finish_known,
    sum(ranked_key.flagged) AS flagged
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  if(coalesce(reasoning_share, tool_call_share, tools_offered_share) IS NULL, NULL, arrayAvg(arrayMap(x -> assumeNotNull(x), arrayFilter(x -> isNotNull(x), [reasoning_share, tool_call_share, tools_offered_share])))) AS share,
  if(flagged > 0, reasoning_model_tokens / nullIf(tokens, 0), NULL) AS reasoning_share,
  if(finish_known > 0, tool_call_tokens / nullIf(tokens, 0), NULL) AS tool_call_share,
  if(tools_offered_known > 0, tools_offered_tokens / nullIf(tokens, 0), NULL) AS tools_offered_share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  n,
  unpriced,
  finish_known / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_agentic_share {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sumIf(usage.prompt_tokens + usage.completion_tokens, transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown') IN ('yes')) AS reasoning_model_tokens,
    sum(usage.tool_call_tokens) AS tool_call_tokens,
    sum(usage.tools_offered_tokens) AS tools_offered_tokens,
    sum(usage.tools_offered_known) AS tools_offered_known,
    sum(usage.finish_known) AS finish_known,
    sumIf(usage.attempts, transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown') IN ('yes', 'no')) AS flagged
  FROM usage_model_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.reasoning_model_tokens) AS reasoning_model_tokens,
    sum(ranked_key.tool_call_tokens) AS tool_call_tokens,
    sum(ranked_key.tools_offered_tokens) AS tools_offered_tokens,
    sum(ranked_key.tools_offered_known) AS tools_offered_known,
    sum(ranked_key.finish_known) AS finish_known,
    sum(ranked_key.flagged) AS flagged
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced,
    sum(toInt64(named_key.reasoning_model_tokens) * edge.2) AS reasoning_model_tokens,
    sum(toInt64(named_key.tool_call_tokens) * edge.2) AS tool_call_tokens,
    sum(toInt64(named_key.tools_offered_tokens) * edge.2) AS tools_offered_tokens,
    sum(toInt64(named_key.tools_offered_known) * edge.2) AS tools_offered_known,
    sum(toInt64(named_key.finish_known) * edge.2) AS finish_known,
    sum(toInt64(named_key.flagged) * edge.2) AS flagged
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced,
    sum(changes.reasoning_model_tokens) OVER past AS reasoning_model_tokens,
    sum(changes.tool_call_tokens) OVER past AS tool_call_tokens,
    sum(changes.tools_offered_tokens) OVER past AS tools_offered_tokens,
    sum(changes.tools_offered_known) OVER past AS tools_offered_known,
    sum(changes.finish_known) OVER past AS finish_known,
    sum(changes.flagged) OVER past AS flagged
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  if(coalesce(reasoning_share, tool_call_share, tools_offered_share) IS NULL, NULL, arrayAvg(arrayMap(x -> assumeNotNull(x), arrayFilter(x -> isNotNull(x), [reasoning_share, tool_call_share, tools_offered_share])))) AS share,
  if(flagged > 0, reasoning_model_tokens / nullIf(tokens, 0), NULL) AS reasoning_share,
  if(finish_known > 0, tool_call_tokens / nullIf(tokens, 0), NULL) AS tool_call_share,
  if(tools_offered_known > 0, tools_offered_tokens / nullIf(tokens, 0), NULL) AS tools_offered_share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  n,
  unpriced,
  finish_known / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW category_share {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'category', toString(usage.category), {by:String} = 'bucket_category', toString(usage.bucket_category), {by:String} = 'sub_tag', toString(usage.sub_tag), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.n) AS n,
    sum(usage.priced_n) AS priced_n,
    sum(usage.w) AS requests,
    sum(usage.wt) AS tokens,
    sum(usage.wc) AS cost_nano,
    sum(usage.w2) AS w2,
    sum(usage.w2tt) AS w2tt,
    sum(usage.wtt) AS wtt,
    sum(usage.w2cc) AS w2cc,
    sum(usage.wcc) AS wcc
  FROM (SELECT bucket, gateway, tenant, model, author, category, bucket_category, sub_tag, n, priced_n, w, wt, wc, w2, w2tt, wtt, w2cc, wcc FROM usage_category_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, category, bucket_category, sub_tag, n, priced_n, w, wt, wc, w2, w2tt, wtt, w2cc, wcc FROM usage_category_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC') AND usage.category NOT IN ('', 'unclassified')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.priced_n) AS priced_n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.w2) AS w2,
    sum(ranked_key.w2tt) AS w2tt,
    sum(ranked_key.wtt) AS wtt,
    sum(ranked_key.w2cc) AS w2cc,
    sum(ranked_key.wcc) AS wcc
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.*,
    multiIf({unit:String} = 'usd', toFloat64(cost_nano), {unit:String} = 'requests', toFloat64(requests), toFloat64(tokens)) AS u_total,
    multiIf({unit:String} = 'usd', toFloat64(w2cc), {unit:String} = 'requests', toFloat64(w2), toFloat64(w2tt)) AS u_square,
    multiIf({unit:String} = 'usd', toFloat64(wcc), {unit:String} = 'requests', toFloat64(requests), toFloat64(wtt)) AS u_linear FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  toFloat64(measured.tokens) / 1e6 AS tokens,
  toFloat64(measured.requests) / 1e6 AS requests,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / 1e15, NULL) AS cost_usd,
  toFloat64(measured.tokens) / nullIf(sum(toFloat64(measured.tokens)) OVER at_time, 0) AS token_share,
  toFloat64(measured.requests) / nullIf(sum(toFloat64(measured.requests)) OVER at_time, 0) AS request_share,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / nullIf(sum(toFloat64(measured.cost_nano)) OVER at_time, 0), NULL) AS cost_share,
  measured.n AS n,
  pow(toFloat64(measured.requests), 2) / nullIf(toFloat64(measured.w2), 0) AS n_eff,
  u_total,
  u_square,
  u_linear,
  sum(u_total) OVER at_time AS all_total,
  sum(u_square) OVER at_time AS all_square,
  sum(u_linear) OVER at_time AS all_linear,
  sum(measured.n) OVER at_time AS all_n,
  sum(toFloat64(measured.requests)) OVER at_time AS all_w,
  sum(toFloat64(measured.w2)) OVER at_time AS all_w2
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_category_share {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'category', toString(usage.category), {by:String} = 'bucket_category', toString(usage.bucket_category), {by:String} = 'sub_tag', toString(usage.sub_tag), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.n) AS n,
    sum(usage.priced_n) AS priced_n,
    sum(usage.w) AS requests,
    sum(usage.wt) AS tokens,
    sum(usage.wc) AS cost_nano,
    sum(usage.w2) AS w2,
    sum(usage.w2tt) AS w2tt,
    sum(usage.wtt) AS wtt,
    sum(usage.w2cc) AS w2cc,
    sum(usage.wcc) AS wcc
  FROM usage_category_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC') AND usage.category NOT IN ('', 'unclassified')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.priced_n) AS priced_n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.w2) AS w2,
    sum(ranked_key.w2tt) AS w2tt,
    sum(ranked_key.wtt) AS wtt,
    sum(ranked_key.w2cc) AS w2cc,
    sum(ranked_key.wcc) AS wcc
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.priced_n) * edge.2) AS priced_n,
    sum(toInt256(named_key.requests) * edge.2) AS requests,
    sum(toInt256(named_key.tokens) * edge.2) AS tokens,
    sum(toInt256(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt256(named_key.w2) * edge.2) AS w2,
    sum(toInt256(named_key.w2tt) * edge.2) AS w2tt,
    sum(toInt256(named_key.wtt) * edge.2) AS wtt,
    sum(toInt256(named_key.w2cc) * edge.2) AS w2cc,
    sum(toInt256(named_key.wcc) * edge.2) AS wcc
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.priced_n) OVER past AS priced_n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.w2) OVER past AS w2,
    sum(changes.w2tt) OVER past AS w2tt,
    sum(changes.wtt) OVER past AS wtt,
    sum(changes.w2cc) OVER past AS w2cc,
    sum(changes.wcc) OVER past AS wcc
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.*,
    multiIf({unit:String} = 'usd', toFloat64(cost_nano), {unit:String} = 'requests', toFloat64(requests), toFloat64(tokens)) AS u_total,
    multiIf({unit:String} = 'usd', toFloat64(w2cc), {unit:String} = 'requests', toFloat64(w2), toFloat64(w2tt)) AS u_square,
    multiIf({unit:String} = 'usd', toFloat64(wcc), {unit:String} = 'requests', toFloat64(requests), toFloat64(wtt)) AS u_linear FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  toFloat64(measured.tokens) / 1e6 AS tokens,
  toFloat64(measured.requests) / 1e6 AS requests,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / 1e15, NULL) AS cost_usd,
  toFloat64(measured.tokens) / nullIf(sum(toFloat64(measured.tokens)) OVER at_time, 0) AS token_share,
  toFloat64(measured.requests) / nullIf(sum(toFloat64(measured.requests)) OVER at_time, 0) AS request_share,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / nullIf(sum(toFloat64(measured.cost_nano)) OVER at_time, 0), NULL) AS cost_share,
  measured.n AS n,
  pow(toFloat64(measured.requests), 2) / nullIf(toFloat64(measured.w2), 0) AS n_eff,
  u_total,
  u_square,
  u_linear,
  sum(u_total) OVER at_time AS all_total,
  sum(u_square) OVER at_time AS all_square,
  sum(u_linear) OVER at_time AS all_linear,
  sum(measured.n) OVER at_time AS all_n,
  sum(toFloat64(measured.requests)) OVER at_time AS all_w,
  sum(toFloat64(measured.w2)) OVER at_time AS all_w2
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW oss_category_mix {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'category', toString(usage.category), {by:String} = 'bucket_category', toString(usage.bucket_category), {by:String} = 'sub_tag', toString(usage.sub_tag), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.n) AS n,
    sum(usage.priced_n) AS priced_n,
    sum(usage.w) AS requests,
    sum(usage.wt) AS tokens,
    sum(usage.wc) AS cost_nano,
    sum(usage.w2) AS w2,
    sum(usage.w2tt) AS w2tt,
    sum(usage.wtt) AS wtt,
    sum(usage.w2cc) AS w2cc,
    sum(usage.wcc) AS wcc
  FROM (SELECT bucket, gateway, tenant, model, author, category, bucket_category, sub_tag, n, priced_n, w, wt, wc, w2, w2tt, wtt, w2cc, wcc FROM usage_category_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, category, bucket_category, sub_tag, n, priced_n, w, wt, wc, w2, w2tt, wtt, w2cc, wcc FROM usage_category_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC') AND transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown') IN ('yes') AND usage.category NOT IN ('', 'unclassified')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.priced_n) AS priced_n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.w2) AS w2,
    sum(ranked_key.w2tt) AS w2tt,
    sum(ranked_key.wtt) AS wtt,
    sum(ranked_key.w2cc) AS w2cc,
    sum(ranked_key.wcc) AS wcc
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.*,
    multiIf({unit:String} = 'usd', toFloat64(cost_nano), {unit:String} = 'requests', toFloat64(requests), toFloat64(tokens)) AS u_total,
    multiIf({unit:String} = 'usd', toFloat64(w2cc), {unit:String} = 'requests', toFloat64(w2), toFloat64(w2tt)) AS u_square,
    multiIf({unit:String} = 'usd', toFloat64(wcc), {unit:String} = 'requests', toFloat64(requests), toFloat64(wtt)) AS u_linear FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  toFloat64(measured.tokens) / 1e6 AS tokens,
  toFloat64(measured.requests) / 1e6 AS requests,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / 1e15, NULL) AS cost_usd,
  toFloat64(measured.tokens) / nullIf(sum(toFloat64(measured.tokens)) OVER at_time, 0) AS token_share,
  toFloat64(measured.requests) / nullIf(sum(toFloat64(measured.requests)) OVER at_time, 0) AS request_share,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / nullIf(sum(toFloat64(measured.cost_nano)) OVER at_time, 0), NULL) AS cost_share,
  measured.n AS n,
  pow(toFloat64(measured.requests), 2) / nullIf(toFloat64(measured.w2), 0) AS n_eff,
  u_total,
  u_square,
  u_linear,
  sum(u_total) OVER at_time AS all_total,
  sum(u_square) OVER at_time AS all_square,
  sum(u_linear) OVER at_time AS all_linear,
  sum(measured.n) OVER at_time AS all_n,
  sum(toFloat64(measured.requests)) OVER at_time AS all_w,
  sum(toFloat64(measured.w2)) OVER at_time AS all_w2
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_oss_category_mix {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'category', toString(usage.category), {by:String} = 'bucket_category', toString(usage.bucket_category), {by:String} = 'sub_tag', toString(usage.sub_tag), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.n) AS n,
    sum(usage.priced_n) AS priced_n,
    sum(usage.w) AS requests,
    sum(usage.wt) AS tokens,
    sum(usage.wc) AS cost_nano,
    sum(usage.w2) AS w2,
    sum(usage.w2tt) AS w2tt,
    sum(usage.wtt) AS wtt,
    sum(usage.w2cc) AS w2cc,
    sum(usage.wcc) AS wcc
  FROM usage_category_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC') AND transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown') IN ('yes') AND usage.category NOT IN ('', 'unclassified')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.priced_n) AS priced_n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.w2) AS w2,
    sum(ranked_key.w2tt) AS w2tt,
    sum(ranked_key.wtt) AS wtt,
    sum(ranked_key.w2cc) AS w2cc,
    sum(ranked_key.wcc) AS wcc
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.priced_n) * edge.2) AS priced_n,
    sum(toInt256(named_key.requests) * edge.2) AS requests,
    sum(toInt256(named_key.tokens) * edge.2) AS tokens,
    sum(toInt256(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt256(named_key.w2) * edge.2) AS w2,
    sum(toInt256(named_key.w2tt) * edge.2) AS w2tt,
    sum(toInt256(named_key.wtt) * edge.2) AS wtt,
    sum(toInt256(named_key.w2cc) * edge.2) AS w2cc,
    sum(toInt256(named_key.wcc) * edge.2) AS wcc
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.priced_n) OVER past AS priced_n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.w2) OVER past AS w2,
    sum(changes.w2tt) OVER past AS w2tt,
    sum(changes.wtt) OVER past AS wtt,
    sum(changes.w2cc) OVER past AS w2cc,
    sum(changes.wcc) OVER past AS wcc
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.*,
    multiIf({unit:String} = 'usd', toFloat64(cost_nano), {unit:String} = 'requests', toFloat64(requests), toFloat64(tokens)) AS u_total,
    multiIf({unit:String} = 'usd', toFloat64(w2cc), {unit:String} = 'requests', toFloat64(w2), toFloat64(w2tt)) AS u_square,
    multiIf({unit:String} = 'usd', toFloat64(wcc), {unit:String} = 'requests', toFloat64(requests), toFloat64(wtt)) AS u_linear FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  toFloat64(measured.tokens) / 1e6 AS tokens,
  toFloat64(measured.requests) / 1e6 AS requests,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / 1e15, NULL) AS cost_usd,
  toFloat64(measured.tokens) / nullIf(sum(toFloat64(measured.tokens)) OVER at_time, 0) AS token_share,
  toFloat64(measured.requests) / nullIf(sum(toFloat64(measured.requests)) OVER at_time, 0) AS request_share,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / nullIf(sum(toFloat64(measured.cost_nano)) OVER at_time, 0), NULL) AS cost_share,
  measured.n AS n,
  pow(toFloat64(measured.requests), 2) / nullIf(toFloat64(measured.w2), 0) AS n_eff,
  u_total,
  u_square,
  u_linear,
  sum(u_total) OVER at_time AS all_total,
  sum(u_square) OVER at_time AS all_square,
  sum(u_linear) OVER at_time AS all_linear,
  sum(measured.n) OVER at_time AS all_n,
  sum(toFloat64(measured.requests)) OVER at_time AS all_w,
  sum(toFloat64(measured.w2)) OVER at_time AS all_w2
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW chinese_oss_category_mix {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'category', toString(usage.category), {by:String} = 'bucket_category', toString(usage.bucket_category), {by:String} = 'sub_tag', toString(usage.sub_tag), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.n) AS n,
    sum(usage.priced_n) AS priced_n,
    sum(usage.w) AS requests,
    sum(usage.wt) AS tokens,
    sum(usage.wc) AS cost_nano,
    sum(usage.w2) AS w2,
    sum(usage.w2tt) AS w2tt,
    sum(usage.wtt) AS wtt,
    sum(usage.w2cc) AS w2cc,
    sum(usage.wcc) AS wcc
  FROM (SELECT bucket, gateway, tenant, model, author, category, bucket_category, sub_tag, n, priced_n, w, wt, wc, w2, w2tt, wtt, w2cc, wcc FROM usage_category_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, category, bucket_category, sub_tag, n, priced_n, w, wt, wc, w2, w2tt, wtt, w2cc, wcc FROM usage_category_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC') AND transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown') IN ('chinese-oss') AND usage.category NOT IN ('', 'unclassified')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.priced_n) AS priced_n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.w2) AS w2,
    sum(ranked_key.w2tt) AS w2tt,
    sum(ranked_key.wtt) AS wtt,
    sum(ranked_key.w2cc) AS w2cc,
    sum(ranked_key.wcc) AS wcc
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.*,
    multiIf({unit:String} = 'usd', toFloat64(cost_nano), {unit:String} = 'requests', toFloat64(requests), toFloat64(tokens)) AS u_total,
    multiIf({unit:String} = 'usd', toFloat64(w2cc), {unit:String} = 'requests', toFloat64(w2), toFloat64(w2tt)) AS u_square,
    multiIf({unit:String} = 'usd', toFloat64(wcc), {unit:String} = 'requests', toFloat64(requests), toFloat64(wtt)) AS u_linear FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  toFloat64(measured.tokens) / 1e6 AS tokens,
  toFloat64(measured.requests) / 1e6 AS requests,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / 1e15, NULL) AS cost_usd,
  toFloat64(measured.tokens) / nullIf(sum(toFloat64(measured.tokens)) OVER at_time, 0) AS token_share,
  toFloat64(measured.requests) / nullIf(sum(toFloat64(measured.requests)) OVER at_time, 0) AS request_share,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / nullIf(sum(toFloat64(measured.cost_nano)) OVER at_time, 0), NULL) AS cost_share,
  measured.n AS n,
  pow(toFloat64(measured.requests), 2) / nullIf(toFloat64(measured.w2), 0) AS n_eff,
  u_total,
  u_square,
  u_linear,
  sum(u_total) OVER at_time AS all_total,
  sum(u_square) OVER at_time AS all_square,
  sum(u_linear) OVER at_time AS all_linear,
  sum(measured.n) OVER at_time AS all_n,
  sum(toFloat64(measured.requests)) OVER at_time AS all_w,
  sum(toFloat64(measured.w2)) OVER at_time AS all_w2
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_chinese_oss_category_mix {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'category', toString(usage.category), {by:String} = 'bucket_category', toString(usage.bucket_category), {by:String} = 'sub_tag', toString(usage.sub_tag), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.n) AS n,
    sum(usage.priced_n) AS priced_n,
    sum(usage.w) AS requests,
    sum(usage.wt) AS tokens,
    sum(usage.wc) AS cost_nano,
    sum(usage.w2) AS w2,
    sum(usage.w2tt) AS w2tt,
    sum(usage.wtt) AS wtt,
    sum(usage.w2cc) AS w2cc,
    sum(usage.wcc) AS wcc
  FROM usage_category_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC') AND transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown') IN ('chinese-oss') AND usage.category NOT IN ('', 'unclassified')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.priced_n) AS priced_n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.w2) AS w2,
    sum(ranked_key.w2tt) AS w2tt,
    sum(ranked_key.wtt) AS wtt,
    sum(ranked_key.w2cc) AS w2cc,
    sum(ranked_key.wcc) AS wcc
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.priced_n) * edge.2) AS priced_n,
    sum(toInt256(named_key.requests) * edge.2) AS requests,
    sum(toInt256(named_key.tokens) * edge.2) AS tokens,
    sum(toInt256(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt256(named_key.w2) * edge.2) AS w2,
    sum(toInt256(named_key.w2tt) * edge.2) AS w2tt,
    sum(toInt256(named_key.wtt) * edge.2) AS wtt,
    sum(toInt256(named_key.w2cc) * edge.2) AS w2cc,
    sum(toInt256(named_key.wcc) * edge.2) AS wcc
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.priced_n) OVER past AS priced_n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.w2) OVER past AS w2,
    sum(changes.w2tt) OVER past AS w2tt,
    sum(changes.wtt) OVER past AS wtt,
    sum(changes.w2cc) OVER past AS w2cc,
    sum(changes.wcc) OVER past AS wcc
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.*,
    multiIf({unit:String} = 'usd', toFloat64(cost_nano), {unit:String} = 'requests', toFloat64(requests), toFloat64(tokens)) AS u_total,
    multiIf({unit:String} = 'usd', toFloat64(w2cc), {unit:String} = 'requests', toFloat64(w2), toFloat64(w2tt)) AS u_square,
    multiIf({unit:String} = 'usd', toFloat64(wcc), {unit:String} = 'requests', toFloat64(requests), toFloat64(wtt)) AS u_linear FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  toFloat64(measured.tokens) / 1e6 AS tokens,
  toFloat64(measured.requests) / 1e6 AS requests,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / 1e15, NULL) AS cost_usd,
  toFloat64(measured.tokens) / nullIf(sum(toFloat64(measured.tokens)) OVER at_time, 0) AS token_share,
  toFloat64(measured.requests) / nullIf(sum(toFloat64(measured.requests)) OVER at_time, 0) AS request_share,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / nullIf(sum(toFloat64(measured.cost_nano)) OVER at_time, 0), NULL) AS cost_share,
  measured.n AS n,
  pow(toFloat64(measured.requests), 2) / nullIf(toFloat64(measured.w2), 0) AS n_eff,
  u_total,
  u_square,
  u_linear,
  sum(u_total) OVER at_time AS all_total,
  sum(u_square) OVER at_time AS all_square,
  sum(u_linear) OVER at_time AS all_linear,
  sum(measured.n) OVER at_time AS all_n,
  sum(toFloat64(measured.requests)) OVER at_time AS all_w,
  sum(toFloat64(measured.w2)) OVER at_time AS all_w2
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW programming_by_source {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'category', toString(usage.category), {by:String} = 'bucket_category', toString(usage.bucket_category), {by:String} = 'sub_tag', toString(usage.sub_tag), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.n) AS n,
    sum(usage.priced_n) AS priced_n,
    sum(usage.w) AS requests,
    sum(usage.wt) AS tokens,
    sum(usage.wc) AS cost_nano,
    sum(usage.w2) AS w2,
    sum(usage.w2tt) AS w2tt,
    sum(usage.wtt) AS wtt,
    sum(usage.w2cc) AS w2cc,
    sum(usage.wcc) AS wcc
  FROM (SELECT bucket, gateway, tenant, model, author, category, bucket_category, sub_tag, n, priced_n, w, wt, wc, w2, w2tt, wtt, w2cc, wcc FROM usage_category_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, category, bucket_category, sub_tag, n, priced_n, w, wt, wc, w2, w2tt, wtt, w2cc, wcc FROM usage_category_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC') AND usage.category IN ('programming')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.priced_n) AS priced_n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.w2) AS w2,
    sum(ranked_key.w2tt) AS w2tt,
    sum(ranked_key.wtt) AS wtt,
    sum(ranked_key.w2cc) AS w2cc,
    sum(ranked_key.wcc) AS wcc
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.*,
    multiIf({unit:String} = 'usd', toFloat64(cost_nano), {unit:String} = 'requests', toFloat64(requests), toFloat64(tokens)) AS u_total,
    multiIf({unit:String} = 'usd', toFloat64(w2cc), {unit:String} = 'requests', toFloat64(w2), toFloat64(w2tt)) AS u_square,
    multiIf({unit:String} = 'usd', toFloat64(wcc), {unit:String} = 'requests', toFloat64(requests), toFloat64(wtt)) AS u_linear FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  toFloat64(measured.tokens) / 1e6 AS tokens,
  toFloat64(measured.requests) / 1e6 AS requests,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / 1e15, NULL) AS cost_usd,
  toFloat64(measured.tokens) / nullIf(sum(toFloat64(measured.tokens)) OVER at_time, 0) AS token_share,
  toFloat64(measured.requests) / nullIf(sum(toFloat64(measured.requests)) OVER at_time, 0) AS request_share,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / nullIf(sum(toFloat64(measured.cost_nano)) OVER at_time, 0), NULL) AS cost_share,
  measured.n AS n,
  pow(toFloat64(measured.requests), 2) / nullIf(toFloat64(measured.w2), 0) AS n_eff,
  u_total,
  u_square,
  u_linear,
  sum(u_total) OVER at_time AS all_total,
  sum(u_square) OVER at_time AS all_square,
  sum(u_linear) OVER at_time AS all_linear,
  sum(measured.n) OVER at_time AS all_n,
  sum(toFloat64(measured.requests)) OVER at_time AS all_w,
  sum(toFloat64(measured.w2)) OVER at_time AS all_w2
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_programming_by_source {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'category', toString(usage.category), {by:String} = 'bucket_category', toString(usage.bucket_category), {by:String} = 'sub_tag', toString(usage.sub_tag), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.n) AS n,
    sum(usage.priced_n) AS priced_n,
    sum(usage.w) AS requests,
    sum(usage.wt) AS tokens,
    sum(usage.wc) AS cost_nano,
    sum(usage.w2) AS w2,
    sum(usage.w2tt) AS w2tt,
    sum(usage.wtt) AS wtt,
    sum(usage.w2cc) AS w2cc,
    sum(usage.wcc) AS wcc
  FROM usage_category_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC') AND usage.category IN ('programming')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.priced_n) AS priced_n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.w2) AS w2,
    sum(ranked_key.w2tt) AS w2tt,
    sum(ranked_key.wtt) AS wtt,
    sum(ranked_key.w2cc) AS w2cc,
    sum(ranked_key.wcc) AS wcc
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.priced_n) * edge.2) AS priced_n,
    sum(toInt256(named_key.requests) * edge.2) AS requests,
    sum(toInt256(named_key.tokens) * edge.2) AS tokens,
    sum(toInt256(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt256(named_key.w2) * edge.2) AS w2,
    sum(toInt256(named_key.w2tt) * edge.2) AS w2tt,
    sum(toInt256(named_key.wtt) * edge.2) AS wtt,
    sum(toInt256(named_key.w2cc) * edge.2) AS w2cc,
    sum(toInt256(named_key.wcc) * edge.2) AS wcc
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.priced_n) OVER past AS priced_n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.w2) OVER past AS w2,
    sum(changes.w2tt) OVER past AS w2tt,
    sum(changes.wtt) OVER past AS wtt,
    sum(changes.w2cc) OVER past AS w2cc,
    sum(changes.wcc) OVER past AS wcc
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.*,
    multiIf({unit:String} = 'usd', toFloat64(cost_nano), {unit:String} = 'requests', toFloat64(requests), toFloat64(tokens)) AS u_total,
    multiIf({unit:String} = 'usd', toFloat64(w2cc), {unit:String} = 'requests', toFloat64(w2), toFloat64(w2tt)) AS u_square,
    multiIf({unit:String} = 'usd', toFloat64(wcc), {unit:String} = 'requests', toFloat64(requests), toFloat64(wtt)) AS u_linear FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  toFloat64(measured.tokens) / 1e6 AS tokens,
  toFloat64(measured.requests) / 1e6 AS requests,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / 1e15, NULL) AS cost_usd,
  toFloat64(measured.tokens) / nullIf(sum(toFloat64(measured.tokens)) OVER at_time, 0) AS token_share,
  toFloat64(measured.requests) / nullIf(sum(toFloat64(measured.requests)) OVER at_time, 0) AS request_share,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / nullIf(sum(toFloat64(measured.cost_nano)) OVER at_time, 0), NULL) AS cost_share,
  measured.n AS n,
  pow(toFloat64(measured.requests), 2) / nullIf(toFloat64(measured.w2), 0) AS n_eff,
  u_total,
  u_square,
  u_linear,
  sum(u_total) OVER at_time AS all_total,
  sum(u_square) OVER at_time AS all_square,
  sum(u_linear) OVER at_time AS all_linear,
  sum(measured.n) OVER at_time AS all_n,
  sum(toFloat64(measured.requests)) OVER at_time AS all_w,
  sum(toFloat64(measured.w2)) OVER at_time AS all_w2
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW roleplay_by_source {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'category', toString(usage.category), {by:String} = 'bucket_category', toString(usage.bucket_category), {by:String} = 'sub_tag', toString(usage.sub_tag), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.n) AS n,
    sum(usage.priced_n) AS priced_n,
    sum(usage.w) AS requests,
    sum(usage.wt) AS tokens,
    sum(usage.wc) AS cost_nano,
    sum(usage.w2) AS w2,
    sum(usage.w2tt) AS w2tt,
    sum(usage.wtt) AS wtt,
    sum(usage.w2cc) AS w2cc,
    sum(usage.wcc) AS wcc
  FROM (SELECT bucket, gateway, tenant, model, author, category, bucket_category, sub_tag, n, priced_n, w, wt, wc, w2, w2tt, wtt, w2cc, wcc FROM usage_category_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, category, bucket_category, sub_tag, n, priced_n, w, wt, wc, w2, w2tt, wtt, w2cc, wcc FROM usage_category_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC') AND usage.category IN ('roleplay')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.priced_n) AS priced_n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.w2) AS w2,
    sum(ranked_key.w2tt) AS w2tt,
    sum(ranked_key.wtt) AS wtt,
    sum(ranked_key.w2cc) AS w2cc,
    sum(ranked_key.wcc) AS wcc
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.*,
    multiIf({unit:String} = 'usd', toFloat64(cost_nano), {unit:String} = 'requests', toFloat64(requests), toFloat64(tokens)) AS u_total,
    multiIf({unit:String} = 'usd', toFloat64(w2cc), {unit:String} = 'requests', toFloat64(w2), toFloat64(w2tt)) AS u_square,
    multiIf({unit:String} = 'usd', toFloat64(wcc), {unit:String} = 'requests', toFloat64(requests), toFloat64(wtt)) AS u_linear FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  toFloat64(measured.tokens) / 1e6 AS tokens,
  toFloat64(measured.requests) / 1e6 AS requests,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / 1e15, NULL) AS cost_usd,
  toFloat64(measured.tokens) / nullIf(sum(toFloat64(measured.tokens)) OVER at_time, 0) AS token_share,
  toFloat64(measured.requests) / nullIf(sum(toFloat64(measured.requests)) OVER at_time, 0) AS request_share,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / nullIf(sum(toFloat64(measured.cost_nano)) OVER at_time, 0), NULL) AS cost_share,
  measured.n AS n,
  pow(toFloat64(measured.requests), 2) / nullIf(toFloat64(measured.w2), 0) AS n_eff,
  u_total,
  u_square,
  u_linear,
  sum(u_total) OVER at_time AS all_total,
  sum(u_square) OVER at_time AS all_square,
  sum(u_linear) OVER at_time AS all_linear,
  sum(measured.n) OVER at_time AS all_n,
  sum(toFloat64(measured.requests)) OVER at_time AS all_w,
  sum(toFloat64(measured.w2)) OVER at_time AS all_w2
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_roleplay_by_source {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'category', toString(usage.category), {by:String} = 'bucket_category', toString(usage.bucket_category), {by:String} = 'sub_tag', toString(usage.sub_tag), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.n) AS n,
    sum(usage.priced_n) AS priced_n,
    sum(usage.w) AS requests,
    sum(usage.wt) AS tokens,
    sum(usage.wc) AS cost_nano,
    sum(usage.w2) AS w2,
    sum(usage.w2tt) AS w2tt,
    sum(usage.wtt) AS wtt,
    sum(usage.w2cc) AS w2cc,
    sum(usage.wcc) AS wcc
  FROM usage_category_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC') AND usage.category IN ('roleplay')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.priced_n) AS priced_n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.w2) AS w2,
    sum(ranked_key.w2tt) AS w2tt,
    sum(ranked_key.wtt) AS wtt,
    sum(ranked_key.w2cc) AS w2cc,
    sum(ranked_key.wcc) AS wcc
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.priced_n) * edge.2) AS priced_n,
    sum(toInt256(named_key.requests) * edge.2) AS requests,
    sum(toInt256(named_key.tokens) * edge.2) AS tokens,
    sum(toInt256(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt256(named_key.w2) * edge.2) AS w2,
    sum(toInt256(named_key.w2tt) * edge.2) AS w2tt,
    sum(toInt256(named_key.wtt) * edge.2) AS wtt,
    sum(toInt256(named_key.w2cc) * edge.2) AS w2cc,
    sum(toInt256(named_key.wcc) * edge.2) AS wcc
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.priced_n) OVER past AS priced_n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.w2) OVER past AS w2,
    sum(changes.w2tt) OVER past AS w2tt,
    sum(changes.wtt) OVER past AS wtt,
    sum(changes.w2cc) OVER past AS w2cc,
    sum(changes.wcc) OVER past AS wcc
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.*,
    multiIf({unit:String} = 'usd', toFloat64(cost_nano), {unit:String} = 'requests', toFloat64(requests), toFloat64(tokens)) AS u_total,
    multiIf({unit:String} = 'usd', toFloat64(w2cc), {unit:String} = 'requests', toFloat64(w2), toFloat64(w2tt)) AS u_square,
    multiIf({unit:String} = 'usd', toFloat64(wcc), {unit:String} = 'requests', toFloat64(requests), toFloat64(wtt)) AS u_linear FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  toFloat64(measured.tokens) / 1e6 AS tokens,
  toFloat64(measured.requests) / 1e6 AS requests,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / 1e15, NULL) AS cost_usd,
  toFloat64(measured.tokens) / nullIf(sum(toFloat64(measured.tokens)) OVER at_time, 0) AS token_share,
  toFloat64(measured.requests) / nullIf(sum(toFloat64(measured.requests)) OVER at_time, 0) AS request_share,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / nullIf(sum(toFloat64(measured.cost_nano)) OVER at_time, 0), NULL) AS cost_share,
  measured.n AS n,
  pow(toFloat64(measured.requests), 2) / nullIf(toFloat64(measured.w2), 0) AS n_eff,
  u_total,
  u_square,
  u_linear,
  sum(u_total) OVER at_time AS all_total,
  sum(u_square) OVER at_time AS all_square,
  sum(u_linear) OVER at_time AS all_linear,
  sum(measured.n) OVER at_time AS all_n,
  sum(toFloat64(measured.requests)) OVER at_time AS all_w,
  sum(toFloat64(measured.w2)) OVER at_time AS all_w2
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW programming_by_author {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'category', toString(usage.category), {by:String} = 'bucket_category', toString(usage.bucket_category), {by:String} = 'sub_tag', toString(usage.sub_tag), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.n) AS n,
    sum(usage.priced_n) AS priced_n,
    sum(usage.w) AS requests,
    sum(usage.wt) AS tokens,
    sum(usage.wc) AS cost_nano,
    sum(usage.w2) AS w2,
    sum(usage.w2tt) AS w2tt,
    sum(usage.wtt) AS wtt,
    sum(usage.w2cc) AS w2cc,
    sum(usage.wcc) AS wcc
  FROM (SELECT bucket, gateway, tenant, model, author, category, bucket_category, sub_tag, n, priced_n, w, wt, wc, w2, w2tt, wtt, w2cc, wcc FROM usage_category_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, category, bucket_category, sub_tag, n, priced_n, w, wt, wc, w2, w2tt, wtt, w2cc, wcc FROM usage_category_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC') AND usage.category IN ('programming')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.priced_n) AS priced_n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.w2) AS w2,
    sum(ranked_key.w2tt) AS w2tt,
    sum(ranked_key.wtt) AS wtt,
    sum(ranked_key.w2cc) AS w2cc,
    sum(ranked_key.wcc) AS wcc
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.*,
    multiIf({unit:String} = 'usd', toFloat64(cost_nano), {unit:String} = 'requests', toFloat64(requests), toFloat64(tokens)) AS u_total,
    multiIf({unit:String} = 'usd', toFloat64(w2cc), {unit:String} = 'requests', toFloat64(w2), toFloat64(w2tt)) AS u_square,
    multiIf({unit:String} = 'usd', toFloat64(wcc), {unit:String} = 'requests', toFloat64(requests), toFloat64(wtt)) AS u_linear FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  toFloat64(measured.tokens) / 1e6 AS tokens,
  toFloat64(measured.requests) / 1e6 AS requests,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / 1e15, NULL) AS cost_usd,
  toFloat64(measured.tokens) / nullIf(sum(toFloat64(measured.tokens)) OVER at_time, 0) AS token_share,
  toFloat64(measured.requests) / nullIf(sum(toFloat64(measured.requests)) OVER at_time, 0) AS request_share,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / nullIf(sum(toFloat64(measured.cost_nano)) OVER at_time, 0), NULL) AS cost_share,
  measured.n AS n,
  pow(toFloat64(measured.requests), 2) / nullIf(toFloat64(measured.w2), 0) AS n_eff,
  u_total,
  u_square,
  u_linear,
  sum(u_total) OVER at_time AS all_total,
  sum(u_square) OVER at_time AS all_square,
  sum(u_linear) OVER at_time AS all_linear,
  sum(measured.n) OVER at_time AS all_n,
  sum(toFloat64(measured.requests)) OVER at_time AS all_w,
  sum(toFloat64(measured.w2)) OVER at_time AS all_w2
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_programming_by_author {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'category', toString(usage.category), {by:String} = 'bucket_category', toString(usage.bucket_category), {by:String} = 'sub_tag', toString(usage.sub_tag), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.n) AS n,
    sum(usage.priced_n) AS priced_n,
    sum(usage.w) AS requests,
    sum(usage.wt) AS tokens,
    sum(usage.wc) AS cost_nano,
    sum(usage.w2) AS w2,
    sum(usage.w2tt) AS w2tt,
    sum(usage.wtt) AS wtt,
    sum(usage.w2cc) AS w2cc,
    sum(usage.wcc) AS wcc
  FROM usage_category_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC') AND usage.category IN ('programming')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.priced_n) AS priced_n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.w2) AS w2,
    sum(ranked_key.w2tt) AS w2tt,
    sum(ranked_key.wtt) AS wtt,
    sum(ranked_key.w2cc) AS w2cc,
    sum(ranked_key.wcc) AS wcc
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.priced_n) * edge.2) AS priced_n,
    sum(toInt256(named_key.requests) * edge.2) AS requests,
    sum(toInt256(named_key.tokens) * edge.2) AS tokens,
    sum(toInt256(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt256(named_key.w2) * edge.2) AS w2,
    sum(toInt256(named_key.w2tt) * edge.2) AS w2tt,
    sum(toInt256(named_key.wtt) * edge.2) AS wtt,
    sum(toInt256(named_key.w2cc) * edge.2) AS w2cc,
    sum(toInt256(named_key.wcc) * edge.2) AS wcc
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.priced_n) OVER past AS priced_n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.w2) OVER past AS w2,
    sum(changes.w2tt) OVER past AS w2tt,
    sum(changes.wtt) OVER past AS wtt,
    sum(changes.w2cc) OVER past AS w2cc,
    sum(changes.wcc) OVER past AS wcc
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.*,
    multiIf({unit:String} = 'usd', toFloat64(cost_nano), {unit:String} = 'requests', toFloat64(requests), toFloat64(tokens)) AS u_total,
    multiIf({unit:String} = 'usd', toFloat64(w2cc), {unit:String} = 'requests', toFloat64(w2), toFloat64(w2tt)) AS u_square,
    multiIf({unit:String} = 'usd', toFloat64(wcc), {unit:String} = 'requests', toFloat64(requests), toFloat64(wtt)) AS u_linear FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  toFloat64(measured.tokens) / 1e6 AS tokens,
  toFloat64(measured.requests) / 1e6 AS requests,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / 1e15, NULL) AS cost_usd,
  toFloat64(measured.tokens) / nullIf(sum(toFloat64(measured.tokens)) OVER at_time, 0) AS token_share,
  toFloat64(measured.requests) / nullIf(sum(toFloat64(measured.requests)) OVER at_time, 0) AS request_share,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / nullIf(sum(toFloat64(measured.cost_nano)) OVER at_time, 0), NULL) AS cost_share,
  measured.n AS n,
  pow(toFloat64(measured.requests), 2) / nullIf(toFloat64(measured.w2), 0) AS n_eff,
  u_total,
  u_square,
  u_linear,
  sum(u_total) OVER at_time AS all_total,
  sum(u_square) OVER at_time AS all_square,
  sum(u_linear) OVER at_time AS all_linear,
  sum(measured.n) OVER at_time AS all_n,
  sum(toFloat64(measured.requests)) OVER at_time AS all_w,
  sum(toFloat64(measured.w2)) OVER at_time AS all_w2
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW category_sub_tags {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    usage.category AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'category', toString(usage.category), {by:String} = 'bucket_category', toString(usage.bucket_category), {by:String} = 'sub_tag', toString(usage.sub_tag), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.n) AS n,
    sum(usage.priced_n) AS priced_n,
    sum(usage.w) AS requests,
    sum(usage.wt) AS tokens,
    sum(usage.wc) AS cost_nano,
    sum(usage.w2) AS w2,
    sum(usage.w2tt) AS w2tt,
    sum(usage.wtt) AS wtt,
    sum(usage.w2cc) AS w2cc,
    sum(usage.wcc) AS wcc
  FROM (SELECT bucket, gateway, tenant, model, author, category, bucket_category, sub_tag, n, priced_n, w, wt, wc, w2, w2tt, wtt, w2cc, wcc FROM usage_category_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, category, bucket_category, sub_tag, n, priced_n, w, wt, wc, w2, w2tt, wtt, w2cc, wcc FROM usage_category_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC') AND usage.category NOT IN ('', 'unclassified')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.priced_n) AS priced_n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.w2) AS w2,
    sum(ranked_key.w2tt) AS w2tt,
    sum(ranked_key.wtt) AS wtt,
    sum(ranked_key.w2cc) AS w2cc,
    sum(ranked_key.wcc) AS wcc
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.*,
    multiIf({unit:String} = 'usd', toFloat64(cost_nano), {unit:String} = 'requests', toFloat64(requests), toFloat64(tokens)) AS u_total,
    multiIf({unit:String} = 'usd', toFloat64(w2cc), {unit:String} = 'requests', toFloat64(w2), toFloat64(w2tt)) AS u_square,
    multiIf({unit:String} = 'usd', toFloat64(wcc), {unit:String} = 'requests', toFloat64(requests), toFloat64(wtt)) AS u_linear FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  toFloat64(measured.tokens) / 1e6 AS tokens,
  toFloat64(measured.requests) / 1e6 AS requests,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / 1e15, NULL) AS cost_usd,
  toFloat64(measured.tokens) / nullIf(sum(toFloat64(measured.tokens)) OVER at_time, 0) AS token_share,
  toFloat64(measured.requests) / nullIf(sum(toFloat64(measured.requests)) OVER at_time, 0) AS request_share,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / nullIf(sum(toFloat64(measured.cost_nano)) OVER at_time, 0), NULL) AS cost_share,
  measured.n AS n,
  pow(toFloat64(measured.requests), 2) / nullIf(toFloat64(measured.w2), 0) AS n_eff,
  u_total,
  u_square,
  u_linear,
  sum(u_total) OVER at_time AS all_total,
  sum(u_square) OVER at_time AS all_square,
  sum(u_linear) OVER at_time AS all_linear,
  sum(measured.n) OVER at_time AS all_n,
  sum(toFloat64(measured.requests)) OVER at_time AS all_w,
  sum(toFloat64(measured.w2)) OVER at_time AS all_w2
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_category_sub_tags {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    usage.category AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'category', toString(usage.category), {by:String} = 'bucket_category', toString(usage.bucket_category), {by:String} = 'sub_tag', toString(usage.sub_tag), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.n) AS n,
    sum(usage.priced_n) AS priced_n,
    sum(usage.w) AS requests,
    sum(usage.wt) AS tokens,
    sum(usage.wc) AS cost_nano,
    sum(usage.w2) AS w2,
    sum(usage.w2tt) AS w2tt,
    sum(usage.wtt) AS wtt,
    sum(usage.w2cc) AS w2cc,
    sum(usage.wcc) AS wcc
  FROM usage_category_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC') AND usage.category NOT IN ('', 'unclassified')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.priced_n) AS priced_n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.w2) AS w2,
    sum(ranked_key.w2tt) AS w2tt,
    sum(ranked_key.wtt) AS wtt,
    sum(ranked_key.w2cc) AS w2cc,
    sum(ranked_key.wcc) AS wcc
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.priced_n) * edge.2) AS priced_n,
    sum(toInt256(named_key.requests) * edge.2) AS requests,
    sum(toInt256(named_key.tokens) * edge.2) AS tokens,
    sum(toInt256(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt256(named_key.w2) * edge.2) AS w2,
    sum(toInt256(named_key.w2tt) * edge.2) AS w2tt,
    sum(toInt256(named_key.wtt) * edge.2) AS wtt,
    sum(toInt256(named_key.w2cc) * edge.2) AS w2cc,
    sum(toInt256(named_key.wcc) * edge.2) AS wcc
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.priced_n) OVER past AS priced_n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.w2) OVER past AS w2,
    sum(changes.w2tt) OVER past AS w2tt,
    sum(changes.wtt) OVER past AS wtt,
    sum(changes.w2cc) OVER past AS w2cc,
    sum(changes.wcc) OVER past AS wcc
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.*,
    multiIf({unit:String} = 'usd', toFloat64(cost_nano), {unit:String} = 'requests', toFloat64(requests), toFloat64(tokens)) AS u_total,
    multiIf({unit:String} = 'usd', toFloat64(w2cc), {unit:String} = 'requests', toFloat64(w2), toFloat64(w2tt)) AS u_square,
    multiIf({unit:String} = 'usd', toFloat64(wcc), {unit:String} = 'requests', toFloat64(requests), toFloat64(wtt)) AS u_linear FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  toFloat64(measured.tokens) / 1e6 AS tokens,
  toFloat64(measured.requests) / 1e6 AS requests,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / 1e15, NULL) AS cost_usd,
  toFloat64(measured.tokens) / nullIf(sum(toFloat64(measured.tokens)) OVER at_time, 0) AS token_share,
  toFloat64(measured.requests) / nullIf(sum(toFloat64(measured.requests)) OVER at_time, 0) AS request_share,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / nullIf(sum(toFloat64(measured.cost_nano)) OVER at_time, 0), NULL) AS cost_share,
  measured.n AS n,
  pow(toFloat64(measured.requests), 2) / nullIf(toFloat64(measured.w2), 0) AS n_eff,
  u_total,
  u_square,
  u_linear,
  sum(u_total) OVER at_time AS all_total,
  sum(u_square) OVER at_time AS all_square,
  sum(u_linear) OVER at_time AS all_linear,
  sum(measured.n) OVER at_time AS all_n,
  sum(toFloat64(measured.requests)) OVER at_time AS all_w,
  sum(toFloat64(measured.w2)) OVER at_time AS all_w2
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW author_profile {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    usage.author AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'category', toString(usage.category), {by:String} = 'bucket_category', toString(usage.bucket_category), {by:String} = 'sub_tag', toString(usage.sub_tag), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.n) AS n,
    sum(usage.priced_n) AS priced_n,
    sum(usage.w) AS requests,
    sum(usage.wt) AS tokens,
    sum(usage.wc) AS cost_nano,
    sum(usage.w2) AS w2,
    sum(usage.w2tt) AS w2tt,
    sum(usage.wtt) AS wtt,
    sum(usage.w2cc) AS w2cc,
    sum(usage.wcc) AS wcc
  FROM (SELECT bucket, gateway, tenant, model, author, category, bucket_category, sub_tag, n, priced_n, w, wt, wc, w2, w2tt, wtt, w2cc, wcc FROM usage_category_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, category, bucket_category, sub_tag, n, priced_n, w, wt, wc, w2, w2tt, wtt, w2cc, wcc FROM usage_category_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC') AND usage.category NOT IN ('', 'unclassified')
  GROUP BY t, part, key
),
weighed_part AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part) AS volume FROM cells
),
ranked_part AS (
  SELECT weighed_part.*, dense_rank() OVER (ORDER BY part = 'other', volume DESC, part) AS place FROM weighed_part
),
folded_part AS (
  SELECT ranked_part.t AS t, ranked_part.key AS key,
    if(place <= {top:UInt32} AND ranked_part.part != 'other', toString(ranked_part.part), 'other') AS group_part,
    sum(ranked_part.n) AS n,
    sum(ranked_part.priced_n) AS priced_n,
    sum(ranked_part.requests) AS requests,
    sum(ranked_part.tokens) AS tokens,
    sum(ranked_part.cost_nano) AS cost_nano,
    sum(ranked_part.w2) AS w2,
    sum(ranked_part.w2tt) AS w2tt,
    sum(ranked_part.wtt) AS wtt,
    sum(ranked_part.w2cc) AS w2cc,
    sum(ranked_part.wcc) AS wcc
  FROM ranked_part GROUP BY t, key, group_part
),
named_part AS (
  SELECT folded_part.* EXCEPT group_part, group_part AS part FROM folded_part
),
measured AS (
  SELECT named_part.*,
    multiIf({unit:String} = 'usd', toFloat64(cost_nano), {unit:String} = 'requests', toFloat64(requests), toFloat64(tokens)) AS u_total,
    multiIf({unit:String} = 'usd', toFloat64(w2cc), {unit:String} = 'requests', toFloat64(w2), toFloat64(w2tt)) AS u_square,
    multiIf({unit:String} = 'usd', toFloat64(wcc), {unit:String} = 'requests', toFloat64(requests), toFloat64(wtt)) AS u_linear FROM named_part WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  toFloat64(measured.tokens) / 1e6 AS tokens,
  toFloat64(measured.requests) / 1e6 AS requests,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / 1e15, NULL) AS cost_usd,
  toFloat64(measured.tokens) / nullIf(sum(toFloat64(measured.tokens)) OVER at_time, 0) AS token_share,
  toFloat64(measured.requests) / nullIf(sum(toFloat64(measured.requests)) OVER at_time, 0) AS request_share,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / nullIf(sum(toFloat64(measured.cost_nano)) OVER at_time, 0), NULL) AS cost_share,
  measured.n AS n,
  pow(toFloat64(measured.requests), 2) / nullIf(toFloat64(measured.w2), 0) AS n_eff,
  u_total,
  u_square,
  u_linear,
  sum(u_total) OVER at_time AS all_total,
  sum(u_square) OVER at_time AS all_square,
  sum(u_linear) OVER at_time AS all_linear,
  sum(measured.n) OVER at_time AS all_n,
  sum(toFloat64(measured.requests)) OVER at_time AS all_w,
  sum(toFloat64(measured.w2)) OVER at_time AS all_w2
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_author_profile {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    usage.author AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'category', toString(usage.category), {by:String} = 'bucket_category', toString(usage.bucket_category), {by:String} = 'sub_tag', toString(usage.sub_tag), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.n) AS n,
    sum(usage.priced_n) AS priced_n,
    sum(usage.w) AS requests,
    sum(usage.wt) AS tokens,
    sum(usage.wc) AS cost_nano,
    sum(usage.w2) AS w2,
    sum(usage.w2tt) AS w2tt,
    sum(usage.wtt) AS wtt,
    sum(usage.w2cc) AS w2cc,
    sum(usage.wcc) AS wcc
  FROM usage_category_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC') AND usage.category NOT IN ('', 'unclassified')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_part AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part) AS volume FROM cells
),
ranked_part AS (
  SELECT weighed_part.*, dense_rank() OVER (ORDER BY part = 'other', volume DESC, part) AS place FROM weighed_part
),
folded_part AS (
  SELECT ranked_part.enter AS enter, ranked_part.leave AS leave, ranked_part.key AS key,
    if(place <= {top:UInt32} AND ranked_part.part != 'other', toString(ranked_part.part), 'other') AS group_part,
    sum(ranked_part.n) AS n,
    sum(ranked_part.priced_n) AS priced_n,
    sum(ranked_part.requests) AS requests,
    sum(ranked_part.tokens) AS tokens,
    sum(ranked_part.cost_nano) AS cost_nano,
    sum(ranked_part.w2) AS w2,
    sum(ranked_part.w2tt) AS w2tt,
    sum(ranked_part.wtt) AS wtt,
    sum(ranked_part.w2cc) AS w2cc,
    sum(ranked_part.wcc) AS wcc
  FROM ranked_part GROUP BY enter, leave, key, group_part
),
named_part AS (
  SELECT folded_part.* EXCEPT group_part, group_part AS part FROM folded_part
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_part.n) * edge.2) AS n,
    sum(toInt64(named_part.priced_n) * edge.2) AS priced_n,
    sum(toInt256(named_part.requests) * edge.2) AS requests,
    sum(toInt256(named_part.tokens) * edge.2) AS tokens,
    sum(toInt256(named_part.cost_nano) * edge.2) AS cost_nano,
    sum(toInt256(named_part.w2) * edge.2) AS w2,
    sum(toInt256(named_part.w2tt) * edge.2) AS w2tt,
    sum(toInt256(named_part.wtt) * edge.2) AS wtt,
    sum(toInt256(named_part.w2cc) * edge.2) AS w2cc,
    sum(toInt256(named_part.wcc) * edge.2) AS wcc
  FROM named_part GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.priced_n) OVER past AS priced_n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.w2) OVER past AS w2,
    sum(changes.w2tt) OVER past AS w2tt,
    sum(changes.wtt) OVER past AS wtt,
    sum(changes.w2cc) OVER past AS w2cc,
    sum(changes.wcc) OVER past AS wcc
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.*,
    multiIf({unit:String} = 'usd', toFloat64(cost_nano), {unit:String} = 'requests', toFloat64(requests), toFloat64(tokens)) AS u_total,
    multiIf({unit:String} = 'usd', toFloat64(w2cc), {unit:String} = 'requests', toFloat64(w2), toFloat64(w2tt)) AS u_square,
    multiIf({unit:String} = 'usd', toFloat64(wcc), {unit:String} = 'requests', toFloat64(requests), toFloat64(wtt)) AS u_linear FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  toFloat64(measured.tokens) / 1e6 AS tokens,
  toFloat64(measured.requests) / 1e6 AS requests,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / 1e15, NULL) AS cost_usd,
  toFloat64(measured.tokens) / nullIf(sum(toFloat64(measured.tokens)) OVER at_time, 0) AS token_share,
  toFloat64(measured.requests) / nullIf(sum(toFloat64(measured.requests)) OVER at_time, 0) AS request_share,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / nullIf(sum(toFloat64(measured.cost_nano)) OVER at_time, 0), NULL) AS cost_share,
  measured.n AS n,
  pow(toFloat64(measured.requests), 2) / nullIf(toFloat64(measured.w2), 0) AS n_eff,
  u_total,
  u_square,
  u_linear,
  sum(u_total) OVER at_time AS all_total,
  sum(u_square) OVER at_time AS all_square,
  sum(u_linear) OVER at_time AS all_linear,
  sum(measured.n) OVER at_time AS all_n,
  sum(toFloat64(measured.requests)) OVER at_time AS all_w,
  sum(toFloat64(measured.w2)) OVER at_time AS all_w2
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW any_label_rate {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'category', toString(usage.category), {by:String} = 'bucket_category', toString(usage.bucket_category), '') AS key,
    sum(usage.n) AS n,
    sum(usage.priced_n) AS priced_n,
    sum(usage.w) AS requests,
    sum(usage.wt) AS tokens,
    sum(usage.wc) AS cost_nano,
    sum(usage.w2) AS w2,
    sum(usage.any_n) AS any_n,
    sum(usage.any_w) AS any_w,
    sum(usage.any_wt) AS any_wt,
    sum(usage.any_w2) AS any_w2
  FROM (SELECT bucket, gateway, tenant, model, author, category, bucket_category, sub_tag, n, priced_n, w, wt, wc, w2, any_n, any_w, any_wt, any_w2 FROM usage_category_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, category, bucket_category, sub_tag, n, priced_n, w, wt, wc, w2, any_n, any_w, any_wt, any_w2 FROM usage_category_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.priced_n) AS priced_n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.w2) AS w2,
    sum(ranked_key.any_n) AS any_n,
    sum(ranked_key.any_w) AS any_w,
    sum(ranked_key.any_wt) AS any_wt,
    sum(ranked_key.any_w2) AS any_w2
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0 OR any_n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  toFloat64(measured.any_w) / nullIf(sum(toFloat64(measured.requests)) OVER at_time, 0) AS rate,
  toFloat64(measured.any_wt) / nullIf(sum(toFloat64(measured.tokens)) OVER at_time, 0) AS token_rate,
  measured.any_n AS n,
  pow(toFloat64(measured.any_w), 2) / nullIf(toFloat64(measured.any_w2), 0) AS n_eff,
  toFloat64(measured.any_w) AS u_total,
  toFloat64(measured.any_w2) AS u_square,
  sum(measured.n) OVER at_time AS all_n,
  sum(toFloat64(measured.requests)) OVER at_time AS all_w,
  sum(toFloat64(measured.w2)) OVER at_time AS all_w2
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_any_label_rate {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'category', toString(usage.category), {by:String} = 'bucket_category', toString(usage.bucket_category), '') AS key,
    sum(usage.n) AS n,
    sum(usage.priced_n) AS priced_n,
    sum(usage.w) AS requests,
    sum(usage.wt) AS tokens,
    sum(usage.wc) AS cost_nano,
    sum(usage.w2) AS w2,
    sum(usage.any_n) AS any_n,
    sum(usage.any_w) AS any_w,
    sum(usage.any_wt) AS any_wt,
    sum(usage.any_w2) AS any_w2
  FROM usage_category_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.priced_n) AS priced_n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.w2) AS w2,
    sum(ranked_key.any_n) AS any_n,
    sum(ranked_key.any_w) AS any_w,
    sum(ranked_key.any_wt) AS any_wt,
    sum(ranked_key.any_w2) AS any_w2
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.priced_n) * edge.2) AS priced_n,
    sum(toInt256(named_key.requests) * edge.2) AS requests,
    sum(toInt256(named_key.tokens) * edge.2) AS tokens,
    sum(toInt256(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt256(named_key.w2) * edge.2) AS w2,
    sum(toInt64(named_key.any_n) * edge.2) AS any_n,
    sum(toInt256(named_key.any_w) * edge.2) AS any_w,
    sum(toInt256(named_key.any_wt) * edge.2) AS any_wt,
    sum(toInt256(named_key.any_w2) * edge.2) AS any_w2
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.priced_n) OVER past AS priced_n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.w2) OVER past AS w2,
    sum(changes.any_n) OVER past AS any_n,
    sum(changes.any_w) OVER past AS any_w,
    sum(changes.any_wt) OVER past AS any_wt,
    sum(changes.any_w2) OVER past AS any_w2
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0 OR any_n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  toFloat64(measured.any_w) / nullIf(sum(toFloat64(measured.requests)) OVER at_time, 0) AS rate,
  toFloat64(measured.any_wt) / nullIf(sum(toFloat64(measured.tokens)) OVER at_time, 0) AS token_rate,
  measured.any_n AS n,
  pow(toFloat64(measured.any_w), 2) / nullIf(toFloat64(measured.any_w2), 0) AS n_eff,
  toFloat64(measured.any_w) AS u_total,
  toFloat64(measured.any_w2) AS u_square,
  sum(measured.n) OVER at_time AS all_n,
  sum(toFloat64(measured.requests)) OVER at_time AS all_w,
  sum(toFloat64(measured.w2)) OVER at_time AS all_w2
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW length_by_category {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'category', toString(usage.category), {by:String} = 'bucket_category', toString(usage.bucket_category), {by:String} = 'sub_tag', toString(usage.sub_tag), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.n) AS n,
    sum(usage.priced_n) AS priced_n,
    sum(usage.w) AS requests,
    sum(usage.wt) AS tokens,
    sum(usage.wc) AS cost_nano,
    sum(usage.w2) AS w2,
    sum(usage.wp) AS wp,
    sum(usage.w2p) AS w2p,
    sum(usage.w2pp) AS w2pp,
    sum(usage.wo) AS wo,
    sum(usage.w2o) AS w2o,
    sum(usage.w2oo) AS w2oo,
    sum(usage.w2t) AS w2t,
    sum(usage.w2tt) AS w2tt
  FROM (SELECT bucket, gateway, tenant, model, author, category, bucket_category, sub_tag, n, priced_n, w, wt, wc, w2, wp, w2p, w2pp, wo, w2o, w2oo, w2t, w2tt FROM usage_category_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, category, bucket_category, sub_tag, n, priced_n, w, wt, wc, w2, wp, w2p, w2pp, wo, w2o, w2oo, w2t, w2tt FROM usage_category_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC') AND usage.category NOT IN ('', 'unclassified')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.priced_n) AS priced_n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.w2) AS w2,
    sum(ranked_key.wp) AS wp,
    sum(ranked_key.w2p) AS w2p,
    sum(ranked_key.w2pp) AS w2pp,
    sum(ranked_key.wo) AS wo,
    sum(ranked_key.w2o) AS w2o,
    sum(ranked_key.w2oo) AS w2oo,
    sum(ranked_key.w2t) AS w2t,
    sum(ranked_key.w2tt) AS w2tt
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  toFloat64(measured.wp) / nullIf(toFloat64(measured.requests), 0) AS prompt_mean,
  toFloat64(measured.wo) / nullIf(toFloat64(measured.requests), 0) AS completion_mean,
  toFloat64(measured.tokens) / nullIf(toFloat64(measured.requests), 0) AS total_mean,
  prompt_mean / nullIf((sum(toFloat64(measured.wp)) OVER at_time / nullIf(sum(toFloat64(measured.requests)) OVER at_time, 0)), 0) AS prompt_ratio,
  toFloat64(measured.tokens) / 1e6 AS tokens,
  toFloat64(measured.requests) / 1e6 AS requests,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / 1e15, NULL) AS cost_usd,
  measured.n AS n,
  pow(toFloat64(measured.requests), 2) / nullIf(toFloat64(measured.w2), 0) AS n_eff,
  toFloat64(measured.wp) AS raw_wp,
  toFloat64(measured.w2p) AS raw_w2p,
  toFloat64(measured.w2pp) AS raw_w2pp,
  toFloat64(measured.wo) AS raw_wo,
  toFloat64(measured.w2o) AS raw_w2o,
  toFloat64(measured.w2oo) AS raw_w2oo,
  toFloat64(measured.w2t) AS raw_w2t,
  toFloat64(measured.w2tt) AS raw_w2tt,
  toFloat64(measured.tokens) AS raw_wt,
  toFloat64(measured.requests) AS raw_w,
  toFloat64(measured.w2) AS raw_w2
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_length_by_category {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'category', toString(usage.category), {by:String} = 'bucket_category', toString(usage.bucket_category), {by:String} = 'sub_tag', toString(usage.sub_tag), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.n) AS n,
    sum(usage.priced_n) AS priced_n,
    sum(usage.w) AS requests,
    sum(usage.wt) AS tokens,
    sum(usage.wc) AS cost_nano,
    sum(usage.w2) AS w2,
    sum(usage.wp) AS wp,
    sum(usage.w2p) AS w2p,
    sum(usage.w2pp) AS w2pp,
    sum(usage.wo) AS wo,
    sum(usage.w2o) AS w2o,
    sum(usage.w2oo) AS w2oo,
    sum(usage.w2t) AS w2t,
    sum(usage.w2tt) AS w2tt
  FROM usage_category_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC') AND usage.category NOT IN ('', 'unclassified')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.priced_n) AS priced_n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.w2) AS w2,
    sum(ranked_key.wp) AS wp,
    sum(ranked_key.w2p) AS w2p,
    sum(ranked_key.w2pp) AS w2pp,
    sum(ranked_key.wo) AS wo,
    sum(ranked_key.w2o) AS w2o,
    sum(ranked_key.w2oo) AS w2oo,
    sum(ranked_key.w2t) AS w2t,
    sum(ranked_key.w2tt) AS w2tt
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.priced_n) * edge.2) AS priced_n,
    sum(toInt256(named_key.requests) * edge.2) AS requests,
    sum(toInt256(named_key.tokens) * edge.2) AS tokens,
    sum(toInt256(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt256(named_key.w2) * edge.2) AS w2,
    sum(toInt256(named_key.wp) * edge.2) AS wp,
    sum(toInt256(named_key.w2p) * edge.2) AS w2p,
    sum(toInt256(named_key.w2pp) * edge.2) AS w2pp,
    sum(toInt256(named_key.wo) * edge.2) AS wo,
    sum(toInt256(named_key.w2o) * edge.2) AS w2o,
    sum(toInt256(named_key.w2oo) * edge.2) AS w2oo,
    sum(toInt256(named_key.w2t) * edge.2) AS w2t,
    sum(toInt256(named_key.w2tt) * edge.2) AS w2tt
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.priced_n) OVER past AS priced_n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.w2) OVER past AS w2,
    sum(changes.wp) OVER past AS wp,
    sum(changes.w2p) OVER past AS w2p,
    sum(changes.w2pp) OVER past AS w2pp,
    sum(changes.wo) OVER past AS wo,
    sum(changes.w2o) OVER past AS w2o,
    sum(changes.w2oo) OVER past AS w2oo,
    sum(changes.w2t) OVER past AS w2t,
    sum(changes.w2tt) OVER past AS w2tt
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  toFloat64(measured.wp) / nullIf(toFloat64(measured.requests), 0) AS prompt_mean,
  toFloat64(measured.wo) / nullIf(toFloat64(measured.requests), 0) AS completion_mean,
  toFloat64(measured.tokens) / nullIf(toFloat64(measured.requests), 0) AS total_mean,
  prompt_mean / nullIf((sum(toFloat64(measured.wp)) OVER at_time / nullIf(sum(toFloat64(measured.requests)) OVER at_time, 0)), 0) AS prompt_ratio,
  toFloat64(measured.tokens) / 1e6 AS tokens,
  toFloat64(measured.requests) / 1e6 AS requests,
  if(measured.priced_n > 0, toFloat64(measured.cost_nano) / 1e15, NULL) AS cost_usd,
  measured.n AS n,
  pow(toFloat64(measured.requests), 2) / nullIf(toFloat64(measured.w2), 0) AS n_eff,
  toFloat64(measured.wp) AS raw_wp,
  toFloat64(measured.w2p) AS raw_w2p,
  toFloat64(measured.w2pp) AS raw_w2pp,
  toFloat64(measured.wo) AS raw_wo,
  toFloat64(measured.w2o) AS raw_w2o,
  toFloat64(measured.w2oo) AS raw_w2oo,
  toFloat64(measured.w2t) AS raw_w2t,
  toFloat64(measured.w2tt) AS raw_w2tt,
  toFloat64(measured.tokens) AS raw_wt,
  toFloat64(measured.requests) AS raw_w,
  toFloat64(measured.w2) AS raw_w2
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW continent_share {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'author', toString(usage.author), {by:String} = 'billing_country', toString(usage.billing_country), {by:String} = 'language', toString(usage.language), {by:String} = 'continent', toString(transform(usage.billing_country, tupleElement((SELECT arraySort(groupArray((toString(code), toString(continent)))) FROM places), 1), tupleElement((SELECT arraySort(groupArray((toString(code), toString(continent)))) FROM places), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced
  FROM (SELECT bucket, gateway, tenant, author, billing_country, language, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_place_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, author, billing_country, language, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_place_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC') AND usage.billing_country NOT IN ('')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tokens / nullIf(sum(tokens) OVER at_time, 0) AS token_share,
  requests / nullIf(sum(requests) OVER at_time, 0) AS request_share,
  if(n > unpriced, cost_nano / nullIf(sum(cost_nano) OVER at_time, 0), NULL) AS cost_share,
  n,
  unpriced
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_continent_share {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'author', toString(usage.author), {by:String} = 'billing_country', toString(usage.billing_country), {by:String} = 'language', toString(usage.language), {by:String} = 'continent', toString(transform(usage.billing_country, tupleElement((SELECT arraySort(groupArray((toString(code), toString(continent)))) FROM places), 1), tupleElement((SELECT arraySort(groupArray((toString(code), toString(continent)))) FROM places), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced
  FROM usage_place_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC') AND usage.billing_country NOT IN ('')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tokens / nullIf(sum(tokens) OVER at_time, 0) AS token_share,
  requests / nullIf(sum(requests) OVER at_time, 0) AS request_share,
  if(n > unpriced, cost_nano / nullIf(sum(cost_nano) OVER at_time, 0), NULL) AS cost_share,
  n,
  unpriced
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW country_share {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'author', toString(usage.author), {by:String} = 'billing_country', toString(usage.billing_country), {by:String} = 'language', toString(usage.language), {by:String} = 'continent', toString(transform(usage.billing_country, tupleElement((SELECT arraySort(groupArray((toString(code), toString(continent)))) FROM places), 1), tupleElement((SELECT arraySort(groupArray((toString(code), toString(continent)))) FROM places), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced
  FROM (SELECT bucket, gateway, tenant, author, billing_country, language, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_place_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, author, billing_country, language, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_place_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC') AND usage.billing_country NOT IN ('')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tokens / nullIf(sum(tokens) OVER at_time, 0) AS token_share,
  requests / nullIf(sum(requests) OVER at_time, 0) AS request_share,
  if(n > unpriced, cost_nano / nullIf(sum(cost_nano) OVER at_time, 0), NULL) AS cost_share,
  n,
  unpriced
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_country_share {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'author', toString(usage.author), {by:String} = 'billing_country', toString(usage.billing_country), {by:String} = 'language', toString(usage.language), {by:String} = 'continent', toString(transform(usage.billing_country, tupleElement((SELECT arraySort(groupArray((toString(code), toString(continent)))) FROM places), 1), tupleElement((SELECT arraySort(groupArray((toString(code), toString(continent)))) FROM places), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced
  FROM usage_place_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC') AND usage.billing_country NOT IN ('')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tokens / nullIf(sum(tokens) OVER at_time, 0) AS token_share,
  requests / nullIf(sum(requests) OVER at_time, 0) AS request_share,
  if(n > unpriced, cost_nano / nullIf(sum(cost_nano) OVER at_time, 0), NULL) AS cost_share,
  n,
  unpriced
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW language_share {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'author', toString(usage.author), {by:String} = 'billing_country', toString(usage.billing_country), {by:String} = 'language', toString(usage.language), {by:String} = 'continent', toString(transform(usage.billing_country, tupleElement((SELECT arraySort(groupArray((toString(code), toString(continent)))) FROM places), 1), tupleElement((SELECT arraySort(groupArray((toString(code), toString(continent)))) FROM places), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced
  FROM (SELECT bucket, gateway, tenant, author, billing_country, language, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_place_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, author, billing_country, language, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_place_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC') AND usage.language NOT IN ('')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tokens / nullIf(sum(tokens) OVER at_time, 0) AS token_share,
  requests / nullIf(sum(requests) OVER at_time, 0) AS request_share,
  if(n > unpriced, cost_nano / nullIf(sum(cost_nano) OVER at_time, 0), NULL) AS cost_share,
  n,
  unpriced
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_language_share {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'author', toString(usage.author), {by:String} = 'billing_country', toString(usage.billing_country), {by:String} = 'language', toString(usage.language), {by:String} = 'continent', toString(transform(usage.billing_country, tupleElement((SELECT arraySort(groupArray((toString(code), toString(continent)))) FROM places), 1), tupleElement((SELECT arraySort(groupArray((toString(code), toString(continent)))) FROM places), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced
  FROM usage_place_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC') AND usage.language NOT IN ('')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  tokens / nullIf(sum(tokens) OVER at_time, 0) AS token_share,
  requests / nullIf(sum(requests) OVER at_time, 0) AS request_share,
  if(n > unpriced, cost_nano / nullIf(sum(cost_nano) OVER at_time, 0), NULL) AS cost_share,
  n,
  unpriced
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW effective_price {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sumIf(usage.priced_tokens, usage.byok IN ('no', '')) AS priced_tokens,
    sumIf(usage.cost_nano, usage.byok IN ('no', '')) AS paid_nano,
    sumIf(usage.attempts, usage.byok IN ('yes')) AS byok_requests,
    sum(usage.listed_tokens) AS listed_tokens,
    sum(usage.list_cost_nano) AS list_cost_nano
  FROM (SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced, priced_tokens, listed_tokens, list_cost_nano FROM usage_model_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced, priced_tokens, listed_tokens, list_cost_nano FROM usage_model_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.priced_tokens) AS priced_tokens,
    sum(ranked_key.paid_nano) AS paid_nano,
    sum(ranked_key.byok_requests) AS byok_requests,
    sum(ranked_key.listed_tokens) AS listed_tokens,
    sum(ranked_key.list_cost_nano) AS list_cost_nano
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  paid_nano / 1e3 / nullIf(priced_tokens, 0) AS price_usd_per_1m,
  list_cost_nano / 1e3 / nullIf(listed_tokens, 0) AS list_price_usd_per_1m,
  priced_tokens,
  if(priced_tokens > 0, paid_nano / 1e9, NULL) AS paid_cost_usd,
  byok_requests,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  n,
  unpriced,
  (n - unpriced) / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_effective_price {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sumIf(usage.priced_tokens, usage.byok IN ('no', '')) AS priced_tokens,
    sumIf(usage.cost_nano, usage.byok IN ('no', '')) AS paid_nano,
    sumIf(usage.attempts, usage.byok IN ('yes')) AS byok_requests,
    sum(usage.listed_tokens) AS listed_tokens,
    sum(usage.list_cost_nano) AS list_cost_nano
  FROM usage_model_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.priced_tokens) AS priced_tokens,
    sum(ranked_key.paid_nano) AS paid_nano,
    sum(ranked_key.byok_requests) AS byok_requests,
    sum(ranked_key.listed_tokens) AS listed_tokens,
    sum(ranked_key.list_cost_nano) AS list_cost_nano
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced,
    sum(toInt64(named_key.priced_tokens) * edge.2) AS priced_tokens,
    sum(toInt64(named_key.paid_nano) * edge.2) AS paid_nano,
    sum(toInt64(named_key.byok_requests) * edge.2) AS byok_requests,
    sum(toInt64(named_key.listed_tokens) * edge.2) AS listed_tokens,
    sum(toInt64(named_key.list_cost_nano) * edge.2) AS list_cost_nano
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced,
    sum(changes.priced_tokens) OVER past AS priced_tokens,
    sum(changes.paid_nano) OVER past AS paid_nano,
    sum(changes.byok_requests) OVER past AS byok_requests,
    sum(changes.listed_tokens) OVER past AS listed_tokens,
    sum(changes.list_cost_nano) OVER past AS list_cost_nano
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  paid_nano / 1e3 / nullIf(priced_tokens, 0) AS price_usd_per_1m,
  list_cost_nano / 1e3 / nullIf(listed_tokens, 0) AS list_price_usd_per_1m,
  priced_tokens,
  if(priced_tokens > 0, paid_nano / 1e9, NULL) AS paid_cost_usd,
  byok_requests,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  n,
  unpriced,
  (n - unpriced) / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW volume {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sum(usage.prompt_tokens) AS prompt_tokens,
    sum(usage.completion_tokens) AS completion_tokens
  FROM (SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_model_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_model_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.prompt_tokens) AS prompt_tokens,
    sum(ranked_key.completion_tokens) AS completion_tokens
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  prompt_tokens,
  completion_tokens,
  tokens / nullIf(n, 0) AS mean_tokens,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  n,
  unpriced,
  if({unit:String} = 'usd', (n - unpriced) / nullIf(n, 0), 1.) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_volume {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sum(usage.prompt_tokens) AS prompt_tokens,
    sum(usage.completion_tokens) AS completion_tokens
  FROM usage_model_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.prompt_tokens) AS prompt_tokens,
    sum(ranked_key.completion_tokens) AS completion_tokens
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced,
    sum(toInt64(named_key.prompt_tokens) * edge.2) AS prompt_tokens,
    sum(toInt64(named_key.completion_tokens) * edge.2) AS completion_tokens
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced,
    sum(changes.prompt_tokens) OVER past AS prompt_tokens,
    sum(changes.completion_tokens) OVER past AS completion_tokens
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  prompt_tokens,
  completion_tokens,
  tokens / nullIf(n, 0) AS mean_tokens,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  n,
  unpriced,
  if({unit:String} = 'usd', (n - unpriced) / nullIf(n, 0), 1.) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW content_filter_rate {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sum(usage.finish_content_filter) AS content_filter_requests,
    sum(usage.content_filter_tokens) AS content_filter_tokens,
    sum(usage.finish_known) AS finish_known
  FROM (SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced, finish_content_filter, content_filter_tokens, finish_known FROM usage_model_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced, finish_content_filter, content_filter_tokens, finish_known FROM usage_model_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.content_filter_requests) AS content_filter_requests,
    sum(ranked_key.content_filter_tokens) AS content_filter_tokens,
    sum(ranked_key.finish_known) AS finish_known
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  request_share AS rate,
  if({unit:String} = 'tokens', token_share, request_share) AS share,
  content_filter_tokens / nullIf(tokens, 0) AS token_share,
  content_filter_requests / nullIf(n, 0) AS request_share,
  content_filter_tokens,
  content_filter_requests,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  n,
  unpriced,
  finish_known / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_content_filter_rate {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sum(usage.finish_content_filter) AS content_filter_requests,
    sum(usage.content_filter_tokens) AS content_filter_tokens,
    sum(usage.finish_known) AS finish_known
  FROM usage_model_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.content_filter_requests) AS content_filter_requests,
    sum(ranked_key.content_filter_tokens) AS content_filter_tokens,
    sum(ranked_key.finish_known) AS finish_known
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced,
    sum(toInt64(named_key.content_filter_requests) * edge.2) AS content_filter_requests,
    sum(toInt64(named_key.content_filter_tokens) * edge.2) AS content_filter_tokens,
    sum(toInt64(named_key.finish_known) * edge.2) AS finish_known
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced,
    sum(changes.content_filter_requests) OVER past AS content_filter_requests,
    sum(changes.content_filter_tokens) OVER past AS content_filter_tokens,
    sum(changes.finish_known) OVER past AS finish_known
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  request_share AS rate,
  if({unit:String} = 'tokens', token_share, request_share) AS share,
  content_filter_tokens / nullIf(tokens, 0) AS token_share,
  content_filter_requests / nullIf(n, 0) AS request_share,
  content_filter_tokens,
  content_filter_requests,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  n,
  unpriced,
  finish_known / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW free_variant_share {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sumIf(usage.prompt_tokens + usage.completion_tokens, usage.variant IN ('free')) AS free_tokens,
    sumIf(usage.attempts, usage.variant IN ('free')) AS free_requests,
    sumIf(usage.cost_nano, usage.variant IN ('free')) AS free_cost_nano,
    sum(usage.attempts) AS known
  FROM (SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_model_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_model_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.free_tokens) AS free_tokens,
    sum(ranked_key.free_requests) AS free_requests,
    sum(ranked_key.free_cost_nano) AS free_cost_nano,
    sum(ranked_key.known) AS known
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  free_tokens / nullIf(tokens, 0) AS token_share,
  free_requests / nullIf(n, 0) AS request_share,
  if(n > unpriced, free_cost_nano / nullIf(cost_nano, 0), NULL) AS cost_share,
  free_tokens,
  free_requests,
  if(n > unpriced, free_cost_nano / 1e9, NULL) AS free_cost_usd,
  n,
  unpriced,
  known / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_free_variant_share {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sumIf(usage.prompt_tokens + usage.completion_tokens, usage.variant IN ('free')) AS free_tokens,
    sumIf(usage.attempts, usage.variant IN ('free')) AS free_requests,
    sumIf(usage.cost_nano, usage.variant IN ('free')) AS free_cost_nano,
    sum(usage.attempts) AS known
  FROM usage_model_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.free_tokens) AS free_tokens,
    sum(ranked_key.free_requests) AS free_requests,
    sum(ranked_key.free_cost_nano) AS free_cost_nano,
    sum(ranked_key.known) AS known
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced,
    sum(toInt64(named_key.free_tokens) * edge.2) AS free_tokens,
    sum(toInt64(named_key.free_requests) * edge.2) AS free_requests,
    sum(toInt64(named_key.free_cost_nano) * edge.2) AS free_cost_nano,
    sum(toInt64(named_key.known) * edge.2) AS known
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced,
    sum(changes.free_tokens) OVER past AS free_tokens,
    sum(changes.free_requests) OVER past AS free_requests,
    sum(changes.free_cost_nano) OVER past AS free_cost_nano,
    sum(changes.known) OVER past AS known
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  free_tokens / nullIf(tokens, 0) AS token_share,
  free_requests / nullIf(n, 0) AS request_share,
  if(n > unpriced, free_cost_nano / nullIf(cost_nano, 0), NULL) AS cost_share,
  free_tokens,
  free_requests,
  if(n > unpriced, free_cost_nano / 1e9, NULL) AS free_cost_usd,
  n,
  unpriced,
  known / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW cost_per_good_request {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sum(usage.good_requests) AS good_requests,
    sum(usage.good_cost_nano) AS good_cost_nano
  FROM (SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced, good_requests, good_cost_nano FROM usage_model_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced, good_requests, good_cost_nano FROM usage_model_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC')
  GROUP BY t, part, key
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.t AS t, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.good_requests) AS good_requests,
    sum(ranked_key.good_cost_nano) AS good_cost_nano
  FROM ranked_key GROUP BY t, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
measured AS (
  SELECT named_key.* FROM named_key WHERE n > 0
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  if(n > unpriced, cost_nano / 1e9 / nullIf(good_requests, 0), NULL) AS cost_per_good_usd,
  if(n > unpriced, good_cost_nano / 1e9 / nullIf(good_requests, 0), NULL) AS good_cost_mean_usd,
  good_requests / nullIf(n, 0) AS good_rate,
  good_requests,
  if(n > unpriced, good_cost_nano / 1e9, NULL) AS good_cost_usd,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  n,
  unpriced,
  (n - unpriced) / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;

CREATE OR REPLACE VIEW rolling_cost_per_good_request {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced,
    sum(usage.good_requests) AS good_requests,
    sum(usage.good_cost_nano) AS good_cost_nano
  FROM usage_model_10s AS usage
  WHERE usage.bucket >= toDateTime(greatest(intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}), 0), 'UTC') AND usage.bucket < toDateTime(intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), 'UTC')
  GROUP BY enter, leave, part, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed_key AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells
),
ranked_key AS (
  SELECT weighed_key.*, dense_rank() OVER (PARTITION BY part ORDER BY key = 'other', volume DESC, key) AS place FROM weighed_key
),
folded_key AS (
  SELECT ranked_key.enter AS enter, ranked_key.leave AS leave, ranked_key.part AS part,
    if(place <= {top:UInt32} AND ranked_key.key != 'other', toString(ranked_key.key), 'other') AS group_key,
    sum(ranked_key.n) AS n,
    sum(ranked_key.requests) AS requests,
    sum(ranked_key.tokens) AS tokens,
    sum(ranked_key.cost_nano) AS cost_nano,
    sum(ranked_key.unpriced) AS unpriced,
    sum(ranked_key.good_requests) AS good_requests,
    sum(ranked_key.good_cost_nano) AS good_cost_nano
  FROM ranked_key GROUP BY enter, leave, part, group_key
),
named_key AS (
  SELECT folded_key.* EXCEPT group_key, group_key AS key FROM folded_key
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, part, key,
    sum(toInt64(named_key.n) * edge.2) AS n,
    sum(toInt64(named_key.requests) * edge.2) AS requests,
    sum(toInt64(named_key.tokens) * edge.2) AS tokens,
    sum(toInt64(named_key.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named_key.unpriced) * edge.2) AS unpriced,
    sum(toInt64(named_key.good_requests) * edge.2) AS good_requests,
    sum(toInt64(named_key.good_cost_nano) * edge.2) AS good_cost_nano
  FROM named_key GROUP BY t, part, key
),
windows AS (
  SELECT t, part, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced,
    sum(changes.good_requests) OVER past AS good_requests,
    sum(changes.good_cost_nano) OVER past AS good_cost_nano
  FROM changes
  WINDOW past AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY part, key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(part) AS part, toString(key) AS key,
  if(n > unpriced, cost_nano / 1e9 / nullIf(good_requests, 0), NULL) AS cost_per_good_usd,
  if(n > unpriced, good_cost_nano / 1e9 / nullIf(good_requests, 0), NULL) AS good_cost_mean_usd,
  good_requests / nullIf(n, 0) AS good_rate,
  good_requests,
  if(n > unpriced, good_cost_nano / 1e9, NULL) AS good_cost_usd,
  tokens,
  requests,
  if(n > unpriced, cost_nano / 1e9, NULL) AS cost_usd,
  n,
  unpriced,
  (n - unpriced) / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t, part)
ORDER BY t, part = 'other', part, key = 'other', multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens)) DESC, key;
