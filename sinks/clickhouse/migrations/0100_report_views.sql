-- repeatable: views only, applied again whenever this text changes.
-- Report and rolling views of the metric registry. Generated: python -m tokentide.reports
-- Parameters: from_s, to_s (epoch seconds), unit ('tokens', 'requests', 'usd'), top (largest groups kept),
-- by (a dimension of the model family, or '' for one group), and either bucket_s (4294967295 = everything)
-- or window_s and every_s. Windows read the 10-second level, so they reach back 14 received days.

CREATE OR REPLACE VIEW token_share_by_author {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced
  FROM (SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_model_10s WHERE {bucket_s:UInt32} < 3600
    UNION ALL SELECT bucket, gateway, tenant, model, author, provider, variant, byok, attempts, requests, prompt_tokens, completion_tokens, cost_nano, unpriced FROM usage_model_1h WHERE {bucket_s:UInt32} >= 3600) AS usage
  WHERE toInt64(toUnixTimestamp(usage.bucket)) >= {from_s:UInt32} AND toInt64(toUnixTimestamp(usage.bucket)) < {to_s:UInt32}
  GROUP BY t, key
),
weighed AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', cost_nano, {unit:String} = 'requests', requests, tokens)) OVER (PARTITION BY key) AS volume FROM cells
),
ranked AS (
  SELECT weighed.*, dense_rank() OVER (ORDER BY key = 'other', volume DESC, key) AS place FROM weighed
),
folded AS (
  SELECT ranked.t AS t,
    if(ranked.place <= {top:UInt32} AND ranked.key != 'other', toString(ranked.key), 'other') AS group_key,
    sum(ranked.n) AS n,
    sum(ranked.requests) AS requests,
    sum(ranked.tokens) AS tokens,
    sum(ranked.cost_nano) AS cost_nano,
    sum(ranked.unpriced) AS unpriced
  FROM ranked GROUP BY t, group_key
),
named AS (
  SELECT folded.* EXCEPT group_key, group_key AS key FROM folded
),
measured AS (
  SELECT named.* FROM named
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  cost_nano / 1e9 AS cost_usd,
  tokens / nullIf(sum(tokens) OVER at_time, 0) AS token_share,
  requests / nullIf(sum(requests) OVER at_time, 0) AS request_share,
  cost_nano / nullIf(sum(cost_nano) OVER at_time, 0) AS cost_share,
  n,
  unpriced,
  if({unit:String} = 'usd', (n - unpriced) / nullIf(n, 0), 1.) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t)
ORDER BY t, key = 'other', multiIf({unit:String} = 'usd', cost_nano, {unit:String} = 'requests', requests, tokens) DESC, key;

CREATE OR REPLACE VIEW rolling_token_share_by_author {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), '') AS key,
    sum(usage.attempts) AS n,
    sum(usage.requests) AS requests,
    sum(usage.prompt_tokens + usage.completion_tokens) AS tokens,
    sum(usage.cost_nano) AS cost_nano,
    sum(usage.unpriced) AS unpriced
  FROM usage_model_10s AS usage
  WHERE toInt64(toUnixTimestamp(usage.bucket)) >= intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}) AND toInt64(toUnixTimestamp(usage.bucket)) < intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
  GROUP BY enter, leave, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', cost_nano, {unit:String} = 'requests', requests, tokens)) OVER (PARTITION BY key) AS volume FROM cells
),
ranked AS (
  SELECT weighed.*, dense_rank() OVER (ORDER BY key = 'other', volume DESC, key) AS place FROM weighed
),
folded AS (
  SELECT ranked.enter AS enter, ranked.leave AS leave,
    if(ranked.place <= {top:UInt32} AND ranked.key != 'other', toString(ranked.key), 'other') AS group_key,
    sum(ranked.n) AS n,
    sum(ranked.requests) AS requests,
    sum(ranked.tokens) AS tokens,
    sum(ranked.cost_nano) AS cost_nano,
    sum(ranked.unpriced) AS unpriced
  FROM ranked GROUP BY enter, leave, group_key
),
named AS (
  SELECT folded.* EXCEPT group_key, group_key AS key FROM folded
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, key,
    sum(toInt64(named.n) * edge.2) AS n,
    sum(toInt64(named.requests) * edge.2) AS requests,
    sum(toInt64(named.tokens) * edge.2) AS tokens,
    sum(toInt64(named.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named.unpriced) * edge.2) AS unpriced
  FROM named GROUP BY t, key
),
windows AS (
  SELECT t, key,
    leadInFrame(t, 1, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) OVER ahead AS until,
    sum(changes.n) OVER past AS n,
    sum(changes.requests) OVER past AS requests,
    sum(changes.tokens) OVER past AS tokens,
    sum(changes.cost_nano) OVER past AS cost_nano,
    sum(changes.unpriced) OVER past AS unpriced
  FROM changes
  WINDOW past AS (PARTITION BY key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  cost_nano / 1e9 AS cost_usd,
  tokens / nullIf(sum(tokens) OVER at_time, 0) AS token_share,
  requests / nullIf(sum(requests) OVER at_time, 0) AS request_share,
  cost_nano / nullIf(sum(cost_nano) OVER at_time, 0) AS cost_share,
  n,
  unpriced,
  if({unit:String} = 'usd', (n - unpriced) / nullIf(n, 0), 1.) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t)
ORDER BY t, key = 'other', multiIf({unit:String} = 'usd', cost_nano, {unit:String} = 'requests', requests, tokens) DESC, key;

CREATE OR REPLACE VIEW tool_call_rate {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), '') AS key,
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
  WHERE toInt64(toUnixTimestamp(usage.bucket)) >= {from_s:UInt32} AND toInt64(toUnixTimestamp(usage.bucket)) < {to_s:UInt32}
  GROUP BY t, key
),
weighed AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', cost_nano, {unit:String} = 'requests', requests, tokens)) OVER (PARTITION BY key) AS volume FROM cells
),
ranked AS (
  SELECT weighed.*, dense_rank() OVER (ORDER BY key = 'other', volume DESC, key) AS place FROM weighed
),
folded AS (
  SELECT ranked.t AS t,
    if(ranked.place <= {top:UInt32} AND ranked.key != 'other', toString(ranked.key), 'other') AS group_key,
    sum(ranked.n) AS n,
    sum(ranked.requests) AS requests,
    sum(ranked.tokens) AS tokens,
    sum(ranked.cost_nano) AS cost_nano,
    sum(ranked.unpriced) AS unpriced,
    sum(ranked.tool_call_tokens) AS tool_call_tokens,
    sum(ranked.tool_call_requests) AS tool_call_requests,
    sum(ranked.tool_call_cost_nano) AS tool_call_cost_nano,
    sum(ranked.known) AS known
  FROM ranked GROUP BY t, group_key
),
named AS (
  SELECT folded.* EXCEPT group_key, group_key AS key FROM folded
),
measured AS (
  SELECT named.* FROM named
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(key) AS key,
  request_share AS rate,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  cost_nano / 1e9 AS cost_usd,
  tool_call_tokens / nullIf(tokens, 0) AS token_share,
  tool_call_requests / nullIf(n, 0) AS request_share,
  tool_call_cost_nano / nullIf(cost_nano, 0) AS cost_share,
  tool_call_tokens,
  tool_call_requests,
  tool_call_cost_nano / 1e9 AS tool_call_cost_usd,
  n,
  unpriced,
  known / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t)
ORDER BY t, key = 'other', multiIf({unit:String} = 'usd', cost_nano, {unit:String} = 'requests', requests, tokens) DESC, key;

CREATE OR REPLACE VIEW rolling_tool_call_rate {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), '') AS key,
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
  WHERE toInt64(toUnixTimestamp(usage.bucket)) >= intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}) AND toInt64(toUnixTimestamp(usage.bucket)) < intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
  GROUP BY enter, leave, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', cost_nano, {unit:String} = 'requests', requests, tokens)) OVER (PARTITION BY key) AS volume FROM cells
),
ranked AS (
  SELECT weighed.*, dense_rank() OVER (ORDER BY key = 'other', volume DESC, key) AS place FROM weighed
),
folded AS (
  SELECT ranked.enter AS enter, ranked.leave AS leave,
    if(ranked.place <= {top:UInt32} AND ranked.key != 'other', toString(ranked.key), 'other') AS group_key,
    sum(ranked.n) AS n,
    sum(ranked.requests) AS requests,
    sum(ranked.tokens) AS tokens,
    sum(ranked.cost_nano) AS cost_nano,
    sum(ranked.unpriced) AS unpriced,
    sum(ranked.tool_call_tokens) AS tool_call_tokens,
    sum(ranked.tool_call_requests) AS tool_call_requests,
    sum(ranked.tool_call_cost_nano) AS tool_call_cost_nano,
    sum(ranked.known) AS known
  FROM ranked GROUP BY enter, leave, group_key
),
named AS (
  SELECT folded.* EXCEPT group_key, group_key AS key FROM folded
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, key,
    sum(toInt64(named.n) * edge.2) AS n,
    sum(toInt64(named.requests) * edge.2) AS requests,
    sum(toInt64(named.tokens) * edge.2) AS tokens,
    sum(toInt64(named.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named.unpriced) * edge.2) AS unpriced,
    sum(toInt64(named.tool_call_tokens) * edge.2) AS tool_call_tokens,
    sum(toInt64(named.tool_call_requests) * edge.2) AS tool_call_requests,
    sum(toInt64(named.tool_call_cost_nano) * edge.2) AS tool_call_cost_nano,
    sum(toInt64(named.known) * edge.2) AS known
  FROM named GROUP BY t, key
),
windows AS (
  SELECT t, key,
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
  WINDOW past AS (PARTITION BY key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(key) AS key,
  request_share AS rate,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  cost_nano / 1e9 AS cost_usd,
  tool_call_tokens / nullIf(tokens, 0) AS token_share,
  tool_call_requests / nullIf(n, 0) AS request_share,
  tool_call_cost_nano / nullIf(cost_nano, 0) AS cost_share,
  tool_call_tokens,
  tool_call_requests,
  tool_call_cost_nano / 1e9 AS tool_call_cost_usd,
  n,
  unpriced,
  known / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t)
ORDER BY t, key = 'other', multiIf({unit:String} = 'usd', cost_nano, {unit:String} = 'requests', requests, tokens) DESC, key;

CREATE OR REPLACE VIEW tool_call_token_share {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), '') AS key,
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
  WHERE toInt64(toUnixTimestamp(usage.bucket)) >= {from_s:UInt32} AND toInt64(toUnixTimestamp(usage.bucket)) < {to_s:UInt32}
  GROUP BY t, key
),
weighed AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', cost_nano, {unit:String} = 'requests', requests, tokens)) OVER (PARTITION BY key) AS volume FROM cells
),
ranked AS (
  SELECT weighed.*, dense_rank() OVER (ORDER BY key = 'other', volume DESC, key) AS place FROM weighed
),
folded AS (
  SELECT ranked.t AS t,
    if(ranked.place <= {top:UInt32} AND ranked.key != 'other', toString(ranked.key), 'other') AS group_key,
    sum(ranked.n) AS n,
    sum(ranked.requests) AS requests,
    sum(ranked.tokens) AS tokens,
    sum(ranked.cost_nano) AS cost_nano,
    sum(ranked.unpriced) AS unpriced,
    sum(ranked.tool_call_tokens) AS tool_call_tokens,
    sum(ranked.tool_call_requests) AS tool_call_requests,
    sum(ranked.tool_call_cost_nano) AS tool_call_cost_nano,
    sum(ranked.known) AS known
  FROM ranked GROUP BY t, group_key
),
named AS (
  SELECT folded.* EXCEPT group_key, group_key AS key FROM folded
),
measured AS (
  SELECT named.* FROM named
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  cost_nano / 1e9 AS cost_usd,
  tool_call_tokens / nullIf(tokens, 0) AS token_share,
  tool_call_requests / nullIf(n, 0) AS request_share,
  tool_call_cost_nano / nullIf(cost_nano, 0) AS cost_share,
  tool_call_tokens,
  tool_call_requests,
  tool_call_cost_nano / 1e9 AS tool_call_cost_usd,
  n,
  unpriced,
  known / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t)
ORDER BY t, key = 'other', multiIf({unit:String} = 'usd', cost_nano, {unit:String} = 'requests', requests, tokens) DESC, key;

CREATE OR REPLACE VIEW rolling_tool_call_token_share {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), '') AS key,
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
  WHERE toInt64(toUnixTimestamp(usage.bucket)) >= intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}) AND toInt64(toUnixTimestamp(usage.bucket)) < intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
  GROUP BY enter, leave, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', cost_nano, {unit:String} = 'requests', requests, tokens)) OVER (PARTITION BY key) AS volume FROM cells
),
ranked AS (
  SELECT weighed.*, dense_rank() OVER (ORDER BY key = 'other', volume DESC, key) AS place FROM weighed
),
folded AS (
  SELECT ranked.enter AS enter, ranked.leave AS leave,
    if(ranked.place <= {top:UInt32} AND ranked.key != 'other', toString(ranked.key), 'other') AS group_key,
    sum(ranked.n) AS n,
    sum(ranked.requests) AS requests,
    sum(ranked.tokens) AS tokens,
    sum(ranked.cost_nano) AS cost_nano,
    sum(ranked.unpriced) AS unpriced,
    sum(ranked.tool_call_tokens) AS tool_call_tokens,
    sum(ranked.tool_call_requests) AS tool_call_requests,
    sum(ranked.tool_call_cost_nano) AS tool_call_cost_nano,
    sum(ranked.known) AS known
  FROM ranked GROUP BY enter, leave, group_key
),
named AS (
  SELECT folded.* EXCEPT group_key, group_key AS key FROM folded
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, key,
    sum(toInt64(named.n) * edge.2) AS n,
    sum(toInt64(named.requests) * edge.2) AS requests,
    sum(toInt64(named.tokens) * edge.2) AS tokens,
    sum(toInt64(named.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named.unpriced) * edge.2) AS unpriced,
    sum(toInt64(named.tool_call_tokens) * edge.2) AS tool_call_tokens,
    sum(toInt64(named.tool_call_requests) * edge.2) AS tool_call_requests,
    sum(toInt64(named.tool_call_cost_nano) * edge.2) AS tool_call_cost_nano,
    sum(toInt64(named.known) * edge.2) AS known
  FROM named GROUP BY t, key
),
windows AS (
  SELECT t, key,
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
  WINDOW past AS (PARTITION BY key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
),
spans AS (
  SELECT windows.* FROM windows WHERE n > 0
),
measured AS (
  SELECT arrayJoin(range(toUInt64(spans.t), toUInt64(least(spans.until, intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32}))), toUInt64(toInt64({every_s:UInt32})))) AS t, spans.* EXCEPT (t, until) FROM spans
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(key) AS key,
  multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share) AS share,
  tokens,
  requests,
  cost_nano / 1e9 AS cost_usd,
  tool_call_tokens / nullIf(tokens, 0) AS token_share,
  tool_call_requests / nullIf(n, 0) AS request_share,
  tool_call_cost_nano / nullIf(cost_nano, 0) AS cost_share,
  tool_call_tokens,
  tool_call_requests,
  tool_call_cost_nano / 1e9 AS tool_call_cost_usd,
  n,
  unpriced,
  known / nullIf(n, 0) AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t)
ORDER BY t, key = 'other', multiIf({unit:String} = 'usd', cost_nano, {unit:String} = 'requests', requests, tokens) DESC, key;

CREATE OR REPLACE VIEW sequence_length {{on_cluster}} AS
WITH
cells AS (
  SELECT intDiv(toInt64(toUnixTimestamp(usage.bucket)) + if({bucket_s:UInt32} = 604800, 259200, 0), toInt64({bucket_s:UInt32})) * toInt64({bucket_s:UInt32}) - if({bucket_s:UInt32} = 604800, 259200, 0) AS t,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), '') AS key,
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
  WHERE toInt64(toUnixTimestamp(usage.bucket)) >= {from_s:UInt32} AND toInt64(toUnixTimestamp(usage.bucket)) < {to_s:UInt32}
  GROUP BY t, key
),
weighed AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', cost_nano, {unit:String} = 'requests', requests, tokens)) OVER (PARTITION BY key) AS volume FROM cells
),
ranked AS (
  SELECT weighed.*, dense_rank() OVER (ORDER BY key = 'other', volume DESC, key) AS place FROM weighed
),
folded AS (
  SELECT ranked.t AS t,
    if(ranked.place <= {top:UInt32} AND ranked.key != 'other', toString(ranked.key), 'other') AS group_key,
    sum(ranked.n) AS n,
    sum(ranked.requests) AS requests,
    sum(ranked.tokens) AS tokens,
    sum(ranked.cost_nano) AS cost_nano,
    sum(ranked.unpriced) AS unpriced,
    sum(ranked.prompt_sum) AS prompt_sum,
    sum(ranked.completion_sum) AS completion_sum,
    sum(ranked.total_sum) AS total_sum,
    sumMap(ranked.prompt_hist) AS prompt_hist,
    sumMap(ranked.completion_hist) AS completion_hist,
    sumMap(ranked.total_hist) AS total_hist
  FROM ranked GROUP BY t, group_key
),
named AS (
  SELECT folded.* EXCEPT group_key, group_key AS key FROM folded
),
measured AS (
  SELECT named.*,
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
    mapKeys(total_hist)[arrayFirstIndex(c -> toUInt64(c) >= intDiv(toUInt64(total_counts[-1]) * 99 + 99, 100), total_counts)] AS total_bin99 FROM named
)
SELECT toDateTime(t, 'UTC') AS bucket, toString(key) AS key,
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
  cost_nano / 1e9 AS cost_usd,
  n,
  unpriced,
  1. AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t)
ORDER BY t, key = 'other', multiIf({unit:String} = 'usd', cost_nano, {unit:String} = 'requests', requests, tokens) DESC, key;

CREATE OR REPLACE VIEW rolling_sequence_length {{on_cluster}} AS
WITH
cells AS (
  SELECT greatest(intDiv(toInt64(toUnixTimestamp(usage.bucket)) + 10 + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}), intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})) AS enter,
    least((intDiv(toInt64(toUnixTimestamp(usage.bucket)) + toInt64({window_s:UInt32}), toInt64({every_s:UInt32})) + 1) * toInt64({every_s:UInt32}), intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) + toInt64({every_s:UInt32})) AS leave,
    multiIf({by:String} = 'gateway', toString(usage.gateway), {by:String} = 'tenant', toString(usage.tenant), {by:String} = 'model', toString(usage.model), {by:String} = 'author', toString(usage.author), {by:String} = 'provider', toString(usage.provider), {by:String} = 'variant', toString(usage.variant), {by:String} = 'byok', toString(usage.byok), '') AS key,
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
  WHERE toInt64(toUnixTimestamp(usage.bucket)) >= intDiv(toInt64({from_s:UInt32}) + toInt64({every_s:UInt32}) - 1, toInt64({every_s:UInt32})) * toInt64({every_s:UInt32}) - toInt64({window_s:UInt32}) AND toInt64(toUnixTimestamp(usage.bucket)) < intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
  GROUP BY enter, leave, key
  HAVING enter < leave AND enter <= intDiv(toInt64({to_s:UInt32}), toInt64({every_s:UInt32})) * toInt64({every_s:UInt32})
),
weighed AS (
  SELECT cells.*, sum(multiIf({unit:String} = 'usd', cost_nano, {unit:String} = 'requests', requests, tokens)) OVER (PARTITION BY key) AS volume FROM cells
),
ranked AS (
  SELECT weighed.*, dense_rank() OVER (ORDER BY key = 'other', volume DESC, key) AS place FROM weighed
),
folded AS (
  SELECT ranked.enter AS enter, ranked.leave AS leave,
    if(ranked.place <= {top:UInt32} AND ranked.key != 'other', toString(ranked.key), 'other') AS group_key,
    sum(ranked.n) AS n,
    sum(ranked.requests) AS requests,
    sum(ranked.tokens) AS tokens,
    sum(ranked.cost_nano) AS cost_nano,
    sum(ranked.unpriced) AS unpriced,
    sum(ranked.prompt_sum) AS prompt_sum,
    sum(ranked.completion_sum) AS completion_sum,
    sum(ranked.total_sum) AS total_sum,
    sumMap(ranked.prompt_hist) AS prompt_hist,
    sumMap(ranked.completion_hist) AS completion_hist,
    sumMap(ranked.total_hist) AS total_hist
  FROM ranked GROUP BY enter, leave, group_key
),
named AS (
  SELECT folded.* EXCEPT group_key, group_key AS key FROM folded
),
changes AS (
  SELECT (arrayJoin([(enter, 1), (leave, -1)]) AS edge).1 AS t, key,
    sum(toInt64(named.n) * edge.2) AS n,
    sum(toInt64(named.requests) * edge.2) AS requests,
    sum(toInt64(named.tokens) * edge.2) AS tokens,
    sum(toInt64(named.cost_nano) * edge.2) AS cost_nano,
    sum(toInt64(named.unpriced) * edge.2) AS unpriced,
    sum(toInt64(named.prompt_sum) * edge.2) AS prompt_sum,
    sum(toInt64(named.completion_sum) * edge.2) AS completion_sum,
    sum(toInt64(named.total_sum) * edge.2) AS total_sum,
    sumMap(mapApply((i, c) -> (i, toInt64(c) * edge.2), named.prompt_hist)) AS prompt_hist,
    sumMap(mapApply((i, c) -> (i, toInt64(c) * edge.2), named.completion_hist)) AS completion_hist,
    sumMap(mapApply((i, c) -> (i, toInt64(c) * edge.2), named.total_hist)) AS total_hist
  FROM named GROUP BY t, key
),
windows AS (
  SELECT t, key,
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
  WINDOW past AS (PARTITION BY key ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    ahead AS (PARTITION BY key ORDER BY t ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
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
SELECT toDateTime(t, 'UTC') AS bucket, toString(key) AS key,
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
  cost_nano / 1e9 AS cost_usd,
  n,
  unpriced,
  1. AS known_share
FROM measured
WINDOW at_time AS (PARTITION BY t)
ORDER BY t, key = 'other', multiIf({unit:String} = 'usd', cost_nano, {unit:String} = 'requests', requests, tokens) DESC, key;
