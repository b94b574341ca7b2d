-- repeatable: views only, applied again whenever this text changes.
-- Report and rolling views of three metrics; the others are queries. Generated: python -m tokentide.reports
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
    multiIf(isNull(release_date), 'unknown', dense_rank() OVER (PARTITION BY author ORDER BY release_date) = 1, '1st', dense_rank() OVER (PARTITION BY author ORDER BY release_date) = 2, '2nd', dense_rank() OVER (PARTITION BY author ORDER BY release_date) = 3, '3rd', dense_rank() OVER (PARTITION BY author ORDER BY release_date) <= 6, '4th to 6th', '7th or later') AS release_order,
    multiIf(isNull(prompt_pico) OR isNull(completion_pico), 'unknown', (3 * assumeNotNull(prompt_pico) + assumeNotNull(completion_pico)) / 4e6 = 0, 'free', (3 * assumeNotNull(prompt_pico) + assumeNotNull(completion_pico)) / 4e6 < 0.5, 'budget', (3 * assumeNotNull(prompt_pico) + assumeNotNull(completion_pico)) / 4e6 < 3, 'mid', (3 * assumeNotNull(prompt_pico) + assumeNotNull(completion_pico)) / 4e6 < 15, 'premium', 'luxury') AS price_tier
FROM models AS catalogue;

CREATE OR REPLACE VIEW token_share_by_author {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_order', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_order))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_order))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
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
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells WHERE n > 0
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
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_order', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_order))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_order))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
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
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells WHERE n > 0
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
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_order', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_order))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_order))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
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
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells WHERE n > 0
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
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_order', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_order))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_order))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
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
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells WHERE n > 0
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

CREATE OR REPLACE VIEW sequence_length {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    '' AS part,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_order', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_order))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_order))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
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
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells WHERE n > 0
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
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), {by:String} = 'source', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, source))) FROM model_groups), 2), 'unknown')), {by:String} = 'open', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, open))) FROM model_groups), 2), 'unknown')), {by:String} = 'size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'active_size_class', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, active_size_class))) FROM model_groups), 2), 'unknown')), {by:String} = 'reasoning', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, reasoning))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_quarter', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_quarter))) FROM model_groups), 2), 'unknown')), {by:String} = 'release_order', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, release_order))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, release_order))) FROM model_groups), 2), 'unknown')), {by:String} = 'price_tier', toString(transform(usage.model, tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 1), tupleElement((SELECT arraySort(groupArray((slug, price_tier))) FROM model_groups), 2), 'unknown')), '') AS key,
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
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', toUInt128(cost_nano), {unit:String} = 'requests', toUInt128(requests), toUInt128(tokens))) OVER (PARTITION BY part, key) AS volume FROM cells WHERE n > 0
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

-- Views of all other metrics, which older stores have: reading them took most of an opening.

DROP VIEW IF EXISTS token_share_by_source {{on_cluster}};
DROP VIEW IF EXISTS rolling_token_share_by_source {{on_cluster}};
DROP VIEW IF EXISTS oss_tokens_by_author {{on_cluster}};
DROP VIEW IF EXISTS rolling_oss_tokens_by_author {{on_cluster}};
DROP VIEW IF EXISTS oss_top_models {{on_cluster}};
DROP VIEW IF EXISTS rolling_oss_top_models {{on_cluster}};
DROP VIEW IF EXISTS size_class_share {{on_cluster}};
DROP VIEW IF EXISTS rolling_size_class_share {{on_cluster}};
DROP VIEW IF EXISTS reasoning_share {{on_cluster}};
DROP VIEW IF EXISTS rolling_reasoning_share {{on_cluster}};
DROP VIEW IF EXISTS top_reasoning_models {{on_cluster}};
DROP VIEW IF EXISTS rolling_top_reasoning_models {{on_cluster}};
DROP VIEW IF EXISTS tool_call_token_share {{on_cluster}};
DROP VIEW IF EXISTS rolling_tool_call_token_share {{on_cluster}};
DROP VIEW IF EXISTS tools_offered {{on_cluster}};
DROP VIEW IF EXISTS rolling_tools_offered {{on_cluster}};
DROP VIEW IF EXISTS tool_calls_by_model {{on_cluster}};
DROP VIEW IF EXISTS rolling_tool_calls_by_model {{on_cluster}};
DROP VIEW IF EXISTS input_output_ratio {{on_cluster}};
DROP VIEW IF EXISTS rolling_input_output_ratio {{on_cluster}};
DROP VIEW IF EXISTS agentic_share {{on_cluster}};
DROP VIEW IF EXISTS rolling_agentic_share {{on_cluster}};
DROP VIEW IF EXISTS category_share {{on_cluster}};
DROP VIEW IF EXISTS rolling_category_share {{on_cluster}};
DROP VIEW IF EXISTS oss_category_mix {{on_cluster}};
DROP VIEW IF EXISTS rolling_oss_category_mix {{on_cluster}};
DROP VIEW IF EXISTS chinese_oss_category_mix {{on_cluster}};
DROP VIEW IF EXISTS rolling_chinese_oss_category_mix {{on_cluster}};
DROP VIEW IF EXISTS programming_by_source {{on_cluster}};
DROP VIEW IF EXISTS rolling_programming_by_source {{on_cluster}};
DROP VIEW IF EXISTS roleplay_by_source {{on_cluster}};
DROP VIEW IF EXISTS rolling_roleplay_by_source {{on_cluster}};
DROP VIEW IF EXISTS programming_by_author {{on_cluster}};
DROP VIEW IF EXISTS rolling_programming_by_author {{on_cluster}};
DROP VIEW IF EXISTS category_sub_tags {{on_cluster}};
DROP VIEW IF EXISTS rolling_category_sub_tags {{on_cluster}};
DROP VIEW IF EXISTS author_profile {{on_cluster}};
DROP VIEW IF EXISTS rolling_author_profile {{on_cluster}};
DROP VIEW IF EXISTS any_label_rate {{on_cluster}};
DROP VIEW IF EXISTS rolling_any_label_rate {{on_cluster}};
DROP VIEW IF EXISTS length_by_category {{on_cluster}};
DROP VIEW IF EXISTS rolling_length_by_category {{on_cluster}};
DROP VIEW IF EXISTS continent_share {{on_cluster}};
DROP VIEW IF EXISTS rolling_continent_share {{on_cluster}};
DROP VIEW IF EXISTS country_share {{on_cluster}};
DROP VIEW IF EXISTS rolling_country_share {{on_cluster}};
DROP VIEW IF EXISTS language_share {{on_cluster}};
DROP VIEW IF EXISTS rolling_language_share {{on_cluster}};
DROP VIEW IF EXISTS effective_price {{on_cluster}};
DROP VIEW IF EXISTS rolling_effective_price {{on_cluster}};
DROP VIEW IF EXISTS volume {{on_cluster}};
DROP VIEW IF EXISTS rolling_volume {{on_cluster}};
DROP VIEW IF EXISTS content_filter_rate {{on_cluster}};
DROP VIEW IF EXISTS rolling_content_filter_rate {{on_cluster}};
DROP VIEW IF EXISTS free_variant_share {{on_cluster}};
DROP VIEW IF EXISTS rolling_free_variant_share {{on_cluster}};
DROP VIEW IF EXISTS cost_per_good_request {{on_cluster}};
DROP VIEW IF EXISTS rolling_cost_per_good_request {{on_cluster}};
