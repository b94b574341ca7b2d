-- The tables as version 0.1.0 made them before the category and place families, for the test that brings such a store up to date.
CREATE TABLE IF NOT EXISTS schema_migrations 
(
    version UInt32,
    name String,
    checksum String,
    applied_at DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY version
SETTINGS non_replicated_deduplication_window = 100000, replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 604800;

CREATE TABLE IF NOT EXISTS usage_boots 
(
    boot String,
    number UInt64,
    opened_at DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY number
SETTINGS non_replicated_deduplication_window = 100000, replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 604800;

CREATE TABLE IF NOT EXISTS usage_topics 
(
    epoch String,
    topic LowCardinality(String),
    cluster_id String,
    incarnation String,
    partitions UInt32,
    created_at DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (topic, created_at)
SETTINGS non_replicated_deduplication_window = 100000, replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 604800;

CREATE TABLE IF NOT EXISTS usage_watermarks 
(
    epoch LowCardinality(String),
    topic LowCardinality(String),
    partition UInt32,
    confirmed UInt64,
    end_offset UInt64,
    append_time DateTime64(3, 'UTC'),
    observed_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(observed_at)
ORDER BY (epoch, topic, partition)
SETTINGS non_replicated_deduplication_window = 100000, replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 604800;

CREATE TABLE IF NOT EXISTS usage_events 
(
    `epoch` LowCardinality(String) CODEC(ZSTD(1)),
    `topic` LowCardinality(String) CODEC(ZSTD(1)),
    `partition` UInt32 CODEC(T64, ZSTD(1)),
    `offset` UInt64 CODEC(Delta(8), ZSTD(1)),
    `batch_start` UInt64 CODEC(Delta(8), ZSTD(1)),
    `received_at` DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `payload_hash` UInt64 CODEC(NONE),
    `rules` UInt16 CODEC(ZSTD(1)),
    `catalogue` UInt32 CODEC(T64, ZSTD(1)),
    `event_id` String CODEC(ZSTD(1)),
    `request_id` String CODEC(ZSTD(1)),
    `session_hash` String CODEC(ZSTD(3)),
    `attempt` UInt8 CODEC(ZSTD(1)),
    `schema_version` UInt16 CODEC(ZSTD(1)),
    `event_time` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `gateway` LowCardinality(String) CODEC(ZSTD(1)),
    `operation` LowCardinality(String) CODEC(ZSTD(1)),
    `provider` LowCardinality(String) CODEC(ZSTD(1)),
    `model` LowCardinality(String) CODEC(ZSTD(1)),
    `requested_model` LowCardinality(String) CODEC(ZSTD(1)),
    `variant` LowCardinality(String) CODEC(ZSTD(1)),
    `app` LowCardinality(String) CODEC(ZSTD(1)),
    `tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `prompt_tokens` UInt32 CODEC(T64, ZSTD(1)),
    `completion_tokens` UInt32 CODEC(T64, ZSTD(1)),
    `reasoning_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `cached_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `cache_write_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `total_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `native_prompt_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `native_completion_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `usage_source` LowCardinality(String) CODEC(ZSTD(1)),
    `tools_offered` Nullable(UInt16) CODEC(ZSTD(1)),
    `tool_calls` Nullable(UInt16) CODEC(ZSTD(1)),
    `finish_reason` LowCardinality(String) CODEC(ZSTD(1)),
    `status` LowCardinality(String) CODEC(ZSTD(1)),
    `http_status` Nullable(UInt16) CODEC(ZSTD(1)),
    `error_type` LowCardinality(String) CODEC(ZSTD(1)),
    `cancelled` Nullable(Bool) CODEC(ZSTD(1)),
    `stream` Nullable(Bool) CODEC(ZSTD(1)),
    `cache_hit` LowCardinality(String) CODEC(ZSTD(1)),
    `latency_ms` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `ttft_ms` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `cost_nano` Nullable(UInt64) CODEC(T64, ZSTD(1)),
    `cost_source` LowCardinality(String) CODEC(ZSTD(1)),
    `is_byok` Nullable(Bool) CODEC(ZSTD(1)),
    `account_hash` String CODEC(ZSTD(3)),
    `account_key_id` LowCardinality(String) CODEC(ZSTD(1)),
    `billing_country` LowCardinality(String) CODEC(ZSTD(1)),
    `language` LowCardinality(String) CODEC(ZSTD(1)),
    `label_paths` Array(LowCardinality(String)) CODEC(ZSTD(1)),
    `label_confidences` Array(UInt32) CODEC(ZSTD(1)),
    `sample_weight` Nullable(UInt64) CODEC(T64, ZSTD(1)),
    `classifier_version` LowCardinality(String) CODEC(ZSTD(1)),
    `used_gateway` LowCardinality(String) CODEC(ZSTD(1)),
    `used_tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `used_model` LowCardinality(String) CODEC(ZSTD(1)),
    `used_author` LowCardinality(String) CODEC(ZSTD(1)),
    `used_provider` LowCardinality(String) CODEC(ZSTD(1)),
    `used_variant` LowCardinality(String) CODEC(ZSTD(1)),
    `used_byok` LowCardinality(String) CODEC(ZSTD(1)),
    `list_cost_nano` Nullable(UInt64) CODEC(T64, ZSTD(1)),
    `flags` UInt8 CODEC(ZSTD(1)),
    INDEX offset_range `offset` TYPE minmax GRANULARITY 1,
    INDEX batch_range batch_start TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(received_at)
ORDER BY (toStartOfInterval(event_time, toIntervalSecond(10)), partition, `offset`)
TTL toDate(received_at) + INTERVAL 400 DAY
SETTINGS non_replicated_deduplication_window = 100000, replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 604800, ttl_only_drop_parts = 1, min_compress_block_size = 1048576;

CREATE TABLE IF NOT EXISTS usage_rollups_in 
(
    `family` LowCardinality(String),
    `received_day` Date,
    `bucket` DateTime('UTC'),
    `gateway` LowCardinality(String),
    `tenant` LowCardinality(String),
    `model` LowCardinality(String),
    `author` LowCardinality(String),
    `provider` LowCardinality(String),
    `variant` LowCardinality(String),
    `byok` LowCardinality(String),
    `received_max` DateTime64(3, 'UTC'),
    `attempts` UInt64,
    `requests` UInt64,
    `status_ok` UInt64,
    `status_error` UInt64,
    `status_cancelled` UInt64,
    `status_timeout` UInt64,
    `status_rate_limited` UInt64,
    `status_blocked` UInt64,
    `status_unknown` UInt64,
    `finish_stop` UInt64,
    `finish_length` UInt64,
    `finish_tool_calls` UInt64,
    `finish_content_filter` UInt64,
    `finish_error` UInt64,
    `finish_cancelled` UInt64,
    `finish_unknown` UInt64,
    `finish_known` UInt64,
    `prompt_tokens` UInt64,
    `completion_tokens` UInt64,
    `reasoning_tokens` UInt64,
    `cached_tokens` UInt64,
    `cache_write_tokens` UInt64,
    `reasoning_known` UInt64,
    `cached_known` UInt64,
    `tools_offered_requests` UInt64,
    `tools_offered_known` UInt64,
    `tool_call_requests` UInt64,
    `tool_call_tokens` UInt64,
    `cost_nano` UInt64,
    `tool_call_cost_nano` UInt64,
    `unpriced` UInt64,
    `list_cost_nano` UInt64,
    `unlisted` UInt64,
    `tokens_sq` UInt128,
    `tool_call_tokens_sq` UInt128,
    `cost_sq` UInt128,
    `tool_call_cost_sq` UInt128,
    `prompt_hist` Map(UInt16, UInt64),
    `completion_hist` Map(UInt16, UInt64),
    `total_hist` Map(UInt16, UInt64),
    `latency_hist` Map(UInt16, UInt64),
    `ttft_hist` Map(UInt16, UInt64),
    `epoch` LowCardinality(String),
    `topic` LowCardinality(String),
    `partition` UInt32,
    `batch_start` UInt64,
    `batch_end` UInt64,
    `received` UInt64,
    `stored` UInt64,
    `duplicates` UInt64,
    `conflicts` UInt64,
    `dead` Map(LowCardinality(String), UInt64),
    `dropped` UInt64,
    `append_time_min` DateTime64(3, 'UTC'),
    `append_time_max` DateTime64(3, 'UTC'),
    `rules` UInt16,
    `catalogue` UInt32
)
ENGINE = Null;

CREATE TABLE IF NOT EXISTS usage_model_10s 
(
    `received_day` Date CODEC(ZSTD(1)),
    `bucket` DateTime('UTC') CODEC(ZSTD(1)),
    `gateway` LowCardinality(String) CODEC(ZSTD(1)),
    `tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `model` LowCardinality(String) CODEC(ZSTD(1)),
    `author` LowCardinality(String) CODEC(ZSTD(1)),
    `provider` LowCardinality(String) CODEC(ZSTD(1)),
    `variant` LowCardinality(String) CODEC(ZSTD(1)),
    `byok` LowCardinality(String) CODEC(ZSTD(1)),
    `received_max` SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    `attempts` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `requests` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `status_ok` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `status_error` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `status_cancelled` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `status_timeout` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `status_rate_limited` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `status_blocked` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `status_unknown` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `finish_stop` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `finish_length` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `finish_tool_calls` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `finish_content_filter` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `finish_error` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `finish_cancelled` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `finish_unknown` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `finish_known` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `prompt_tokens` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `completion_tokens` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `reasoning_tokens` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `cached_tokens` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `cache_write_tokens` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `reasoning_known` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `cached_known` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `tools_offered_requests` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `tools_offered_known` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `tool_call_requests` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `tool_call_tokens` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `cost_nano` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `tool_call_cost_nano` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `unpriced` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `list_cost_nano` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `unlisted` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `tokens_sq` SimpleAggregateFunction(sum, UInt128) CODEC(ZSTD(1)),
    `tool_call_tokens_sq` SimpleAggregateFunction(sum, UInt128) CODEC(ZSTD(1)),
    `cost_sq` SimpleAggregateFunction(sum, UInt128) CODEC(ZSTD(1)),
    `tool_call_cost_sq` SimpleAggregateFunction(sum, UInt128) CODEC(ZSTD(1)),
    `prompt_hist` SimpleAggregateFunction(sumMap, Map(UInt16, UInt64)) CODEC(ZSTD(1)),
    `completion_hist` SimpleAggregateFunction(sumMap, Map(UInt16, UInt64)) CODEC(ZSTD(1)),
    `total_hist` SimpleAggregateFunction(sumMap, Map(UInt16, UInt64)) CODEC(ZSTD(1)),
    `latency_hist` SimpleAggregateFunction(sumMap, Map(UInt16, UInt64)) CODEC(ZSTD(1)),
    `ttft_hist` SimpleAggregateFunction(sumMap, Map(UInt16, UInt64)) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY received_day
ORDER BY (bucket, gateway, tenant, model, author, provider, variant, byok)
TTL received_day + INTERVAL 14 DAY
SETTINGS non_replicated_deduplication_window = 100000, replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 604800, ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS usage_model_1h 
(
    `received_day` Date CODEC(ZSTD(1)),
    `bucket` DateTime('UTC') CODEC(ZSTD(1)),
    `gateway` LowCardinality(String) CODEC(ZSTD(1)),
    `tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `model` LowCardinality(String) CODEC(ZSTD(1)),
    `author` LowCardinality(String) CODEC(ZSTD(1)),
    `provider` LowCardinality(String) CODEC(ZSTD(1)),
    `variant` LowCardinality(String) CODEC(ZSTD(1)),
    `byok` LowCardinality(String) CODEC(ZSTD(1)),
    `received_max` SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    `attempts` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `requests` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `status_ok` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `status_error` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `status_cancelled` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `status_timeout` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `status_rate_limited` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `status_blocked` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `status_unknown` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `finish_stop` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `finish_length` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `finish_tool_calls` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `finish_content_filter` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `finish_error` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `finish_cancelled` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `finish_unknown` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `finish_known` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `prompt_tokens` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `completion_tokens` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `reasoning_tokens` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `cached_tokens` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `cache_write_tokens` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `reasoning_known` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `cached_known` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `tools_offered_requests` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `tools_offered_known` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `tool_call_requests` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `tool_call_tokens` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `cost_nano` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `tool_call_cost_nano` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `unpriced` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `list_cost_nano` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `unlisted` SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    `tokens_sq` SimpleAggregateFunction(sum, UInt128) CODEC(ZSTD(1)),
    `tool_call_tokens_sq` SimpleAggregateFunction(sum, UInt128) CODEC(ZSTD(1)),
    `cost_sq` SimpleAggregateFunction(sum, UInt128) CODEC(ZSTD(1)),
    `tool_call_cost_sq` SimpleAggregateFunction(sum, UInt128) CODEC(ZSTD(1)),
    `prompt_hist` SimpleAggregateFunction(sumMap, Map(UInt16, UInt64)) CODEC(ZSTD(1)),
    `completion_hist` SimpleAggregateFunction(sumMap, Map(UInt16, UInt64)) CODEC(ZSTD(1)),
    `total_hist` SimpleAggregateFunction(sumMap, Map(UInt16, UInt64)) CODEC(ZSTD(1)),
    `latency_hist` SimpleAggregateFunction(sumMap, Map(UInt16, UInt64)) CODEC(ZSTD(1)),
    `ttft_hist` SimpleAggregateFunction(sumMap, Map(UInt16, UInt64)) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY received_day
ORDER BY (bucket, gateway, tenant, model, author, provider, variant, byok)
SETTINGS non_replicated_deduplication_window = 100000, replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 604800;

CREATE TABLE IF NOT EXISTS usage_batches 
(
    `received_day` Date CODEC(ZSTD(1)),
    `epoch` LowCardinality(String) CODEC(ZSTD(1)),
    `topic` LowCardinality(String) CODEC(ZSTD(1)),
    `partition` UInt32 CODEC(ZSTD(1)),
    `batch_start` UInt64 CODEC(ZSTD(1)),
    `batch_end` UInt64 CODEC(ZSTD(1)),
    `received` UInt64 CODEC(ZSTD(1)),
    `stored` UInt64 CODEC(ZSTD(1)),
    `duplicates` UInt64 CODEC(ZSTD(1)),
    `conflicts` UInt64 CODEC(ZSTD(1)),
    `dead` Map(LowCardinality(String), UInt64) CODEC(ZSTD(1)),
    `dropped` UInt64 CODEC(ZSTD(1)),
    `append_time_min` DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    `append_time_max` DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    `rules` UInt16 CODEC(ZSTD(1)),
    `catalogue` UInt32 CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY received_day
ORDER BY (epoch, topic, partition, batch_start)
SETTINGS non_replicated_deduplication_window = 100000, replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 604800;

CREATE MATERIALIZED VIEW IF NOT EXISTS usage_rollups_to_model_10s  TO usage_model_10s AS
SELECT `received_day`, `bucket`, `gateway`, `tenant`, `model`, `author`, `provider`, `variant`, `byok`, `received_max`, `attempts`, `requests`, `status_ok`, `status_error`, `status_cancelled`, `status_timeout`, `status_rate_limited`, `status_blocked`, `status_unknown`, `finish_stop`, `finish_length`, `finish_tool_calls`, `finish_content_filter`, `finish_error`, `finish_cancelled`, `finish_unknown`, `finish_known`, `prompt_tokens`, `completion_tokens`, `reasoning_tokens`, `cached_tokens`, `cache_write_tokens`, `reasoning_known`, `cached_known`, `tools_offered_requests`, `tools_offered_known`, `tool_call_requests`, `tool_call_tokens`, `cost_nano`, `tool_call_cost_nano`, `unpriced`, `list_cost_nano`, `unlisted`, `tokens_sq`, `tool_call_tokens_sq`, `cost_sq`, `tool_call_cost_sq`, `prompt_hist`, `completion_hist`, `total_hist`, `latency_hist`, `ttft_hist`
FROM usage_rollups_in
WHERE family = 'model';

CREATE MATERIALIZED VIEW IF NOT EXISTS usage_rollups_to_model_1h  TO usage_model_1h AS
SELECT `received_day`, toStartOfHour(bucket) AS bucket, `gateway`, `tenant`, `model`, `author`, `provider`, `variant`, `byok`, `received_max`, `attempts`, `requests`, `status_ok`, `status_error`, `status_cancelled`, `status_timeout`, `status_rate_limited`, `status_blocked`, `status_unknown`, `finish_stop`, `finish_length`, `finish_tool_calls`, `finish_content_filter`, `finish_error`, `finish_cancelled`, `finish_unknown`, `finish_known`, `prompt_tokens`, `completion_tokens`, `reasoning_tokens`, `cached_tokens`, `cache_write_tokens`, `reasoning_known`, `cached_known`, `tools_offered_requests`, `tools_offered_known`, `tool_call_requests`, `tool_call_tokens`, `cost_nano`, `tool_call_cost_nano`, `unpriced`, `list_cost_nano`, `unlisted`, `tokens_sq`, `tool_call_tokens_sq`, `cost_sq`, `tool_call_cost_sq`, `prompt_hist`, `completion_hist`, `total_hist`, `latency_hist`, `ttft_hist`
FROM usage_rollups_in
WHERE family = 'model';

CREATE MATERIALIZED VIEW IF NOT EXISTS usage_rollups_to_batches  TO usage_batches AS
SELECT `received_day`, `epoch`, `topic`, `partition`, `batch_start`, `batch_end`, `received`, `stored`, `duplicates`, `conflicts`, `dead`, `dropped`, `append_time_min`, `append_time_max`, `rules`, `catalogue`
FROM usage_rollups_in
WHERE family = 'batch';

CREATE VIEW IF NOT EXISTS usage_model_1m  AS
SELECT
    toStartOfMinute(level.bucket) AS bucket,
    level.gateway AS gateway,
    level.tenant AS tenant,
    level.model AS model,
    level.author AS author,
    level.provider AS provider,
    level.variant AS variant,
    level.byok AS byok,
    max(level.`received_max`) AS `received_max`,
    sum(level.`attempts`) AS `attempts`,
    sum(level.`requests`) AS `requests`,
    sum(level.`status_ok`) AS `status_ok`,
    sum(level.`status_error`) AS `status_error`,
    sum(level.`status_cancelled`) AS `status_cancelled`,
    sum(level.`status_timeout`) AS `status_timeout`,
    sum(level.`status_rate_limited`) AS `status_rate_limited`,
    sum(level.`status_blocked`) AS `status_blocked`,
    sum(level.`status_unknown`) AS `status_unknown`,
    sum(level.`finish_stop`) AS `finish_stop`,
    sum(level.`finish_length`) AS `finish_length`,
    sum(level.`finish_tool_calls`) AS `finish_tool_calls`,
    sum(level.`finish_content_filter`) AS `finish_content_filter`,
    sum(level.`finish_error`) AS `finish_error`,
    sum(level.`finish_cancelled`) AS `finish_cancelled`,
    sum(level.`finish_unknown`) AS `finish_unknown`,
    sum(level.`finish_known`) AS `finish_known`,
    sum(level.`prompt_tokens`) AS `prompt_tokens`,
    sum(level.`completion_tokens`) AS `completion_tokens`,
    sum(level.`reasoning_tokens`) AS `reasoning_tokens`,
    sum(level.`cached_tokens`) AS `cached_tokens`,
    sum(level.`cache_write_tokens`) AS `cache_write_tokens`,
    sum(level.`reasoning_known`) AS `reasoning_known`,
    sum(level.`cached_known`) AS `cached_known`,
    sum(level.`tools_offered_requests`) AS `tools_offered_requests`,
    sum(level.`tools_offered_known`) AS `tools_offered_known`,
    sum(level.`tool_call_requests`) AS `tool_call_requests`,
    sum(level.`tool_call_tokens`) AS `tool_call_tokens`,
    sum(level.`cost_nano`) AS `cost_nano`,
    sum(level.`tool_call_cost_nano`) AS `tool_call_cost_nano`,
    sum(level.`unpriced`) AS `unpriced`,
    sum(level.`list_cost_nano`) AS `list_cost_nano`,
    sum(level.`unlisted`) AS `unlisted`,
    sum(level.`tokens_sq`) AS `tokens_sq`,
    sum(level.`tool_call_tokens_sq`) AS `tool_call_tokens_sq`,
    sum(level.`cost_sq`) AS `cost_sq`,
    sum(level.`tool_call_cost_sq`) AS `tool_call_cost_sq`,
    sumMap(level.`prompt_hist`) AS `prompt_hist`,
    sumMap(level.`completion_hist`) AS `completion_hist`,
    sumMap(level.`total_hist`) AS `total_hist`,
    sumMap(level.`latency_hist`) AS `latency_hist`,
    sumMap(level.`ttft_hist`) AS `ttft_hist`
FROM usage_model_10s AS level
GROUP BY bucket, gateway, tenant, model, author, provider, variant, byok;

CREATE VIEW IF NOT EXISTS usage_model_1d  AS
SELECT
    toStartOfDay(level.bucket) AS bucket,
    level.gateway AS gateway,
    level.tenant AS tenant,
    level.model AS model,
    level.author AS author,
    level.provider AS provider,
    level.variant AS variant,
    level.byok AS byok,
    max(level.`received_max`) AS `received_max`,
    sum(level.`attempts`) AS `attempts`,
    sum(level.`requests`) AS `requests`,
    sum(level.`status_ok`) AS `status_ok`,
    sum(level.`status_error`) AS `status_error`,
    sum(level.`status_cancelled`) AS `status_cancelled`,
    sum(level.`status_timeout`) AS `status_timeout`,
    sum(level.`status_rate_limited`) AS `status_rate_limited`,
    sum(level.`status_blocked`) AS `status_blocked`,
    sum(level.`status_unknown`) AS `status_unknown`,
    sum(level.`finish_stop`) AS `finish_stop`,
    sum(level.`finish_length`) AS `finish_length`,
    sum(level.`finish_tool_calls`) AS `finish_tool_calls`,
    sum(level.`finish_content_filter`) AS `finish_content_filter`,
    sum(level.`finish_error`) AS `finish_error`,
    sum(level.`finish_cancelled`) AS `finish_cancelled`,
    sum(level.`finish_unknown`) AS `finish_unknown`,
    sum(level.`finish_known`) AS `finish_known`,
    sum(level.`prompt_tokens`) AS `prompt_tokens`,
    sum(level.`completion_tokens`) AS `completion_tokens`,
    sum(level.`reasoning_tokens`) AS `reasoning_tokens`,
    sum(level.`cached_tokens`) AS `cached_tokens`,
    sum(level.`cache_write_tokens`) AS `cache_write_tokens`,
    sum(level.`reasoning_known`) AS `reasoning_known`,
    sum(level.`cached_known`) AS `cached_known`,
    sum(level.`tools_offered_requests`) AS `tools_offered_requests`,
    sum(level.`tools_offered_known`) AS `tools_offered_known`,
    sum(level.`tool_call_requests`) AS `tool_call_requests`,
    sum(level.`tool_call_tokens`) AS `tool_call_tokens`,
    sum(level.`cost_nano`) AS `cost_nano`,
    sum(level.`tool_call_cost_nano`) AS `tool_call_cost_nano`,
    sum(level.`unpriced`) AS `unpriced`,
    sum(level.`list_cost_nano`) AS `list_cost_nano`,
    sum(level.`unlisted`) AS `unlisted`,
    sum(level.`tokens_sq`) AS `tokens_sq`,
    sum(level.`tool_call_tokens_sq`) AS `tool_call_tokens_sq`,
    sum(level.`cost_sq`) AS `cost_sq`,
    sum(level.`tool_call_cost_sq`) AS `tool_call_cost_sq`,
    sumMap(level.`prompt_hist`) AS `prompt_hist`,
    sumMap(level.`completion_hist`) AS `completion_hist`,
    sumMap(level.`total_hist`) AS `total_hist`,
    sumMap(level.`latency_hist`) AS `latency_hist`,
    sumMap(level.`ttft_hist`) AS `ttft_hist`
FROM usage_model_1h AS level
GROUP BY bucket, gateway, tenant, model, author, provider, variant, byok;

CREATE VIEW IF NOT EXISTS usage_model_1w  AS
SELECT
    toDateTime(toStartOfWeek(level.bucket, 1), 'UTC') AS bucket,
    level.gateway AS gateway,
    level.tenant AS tenant,
    level.model AS model,
    level.author AS author,
    level.provider AS provider,
    level.variant AS variant,
    level.byok AS byok,
    max(level.`received_max`) AS `received_max`,
    sum(level.`attempts`) AS `attempts`,
    sum(level.`requests`) AS `requests`,
    sum(level.`status_ok`) AS `status_ok`,
    sum(level.`status_error`) AS `status_error`,
    sum(level.`status_cancelled`) AS `status_cancelled`,
    sum(level.`status_timeout`) AS `status_timeout`,
    sum(level.`status_rate_limited`) AS `status_rate_limited`,
    sum(level.`status_blocked`) AS `status_blocked`,
    sum(level.`status_unknown`) AS `status_unknown`,
    sum(level.`finish_stop`) AS `finish_stop`,
    sum(level.`finish_length`) AS `finish_length`,
    sum(level.`finish_tool_calls`) AS `finish_tool_calls`,
    sum(level.`finish_content_filter`) AS `finish_content_filter`,
    sum(level.`finish_error`) AS `finish_error`,
    sum(level.`finish_cancelled`) AS `finish_cancelled`,
    sum(level.`finish_unknown`) AS `finish_unknown`,
    sum(level.`finish_known`) AS `finish_known`,
    sum(level.`prompt_tokens`) AS `prompt_tokens`,
    sum(level.`completion_tokens`) AS `completion_tokens`,
    sum(level.`reasoning_tokens`) AS `reasoning_tokens`,
    sum(level.`cached_tokens`) AS `cached_tokens`,
    sum(level.`cache_write_tokens`) AS `cache_write_tokens`,
    sum(level.`reasoning_known`) AS `reasoning_known`,
    sum(level.`cached_known`) AS `cached_known`,
    sum(level.`tools_offered_requests`) AS `tools_offered_requests`,
    sum(level.`tools_offered_known`) AS `tools_offered_known`,
    sum(level.`tool_call_requests`) AS `tool_call_requests`,
    sum(level.`tool_call_tokens`) AS `tool_call_tokens`,
    sum(level.`cost_nano`) AS `cost_nano`,
    sum(level.`tool_call_cost_nano`) AS `tool_call_cost_nano`,
    sum(level.`unpriced`) AS `unpriced`,
    sum(level.`list_cost_nano`) AS `list_cost_nano`,
    sum(level.`unlisted`) AS `unlisted`,
    sum(level.`tokens_sq`) AS `tokens_sq`,
    sum(level.`tool_call_tokens_sq`) AS `tool_call_tokens_sq`,
    sum(level.`cost_sq`) AS `cost_sq`,
    sum(level.`tool_call_cost_sq`) AS `tool_call_cost_sq`,
    sumMap(level.`prompt_hist`) AS `prompt_hist`,
    sumMap(level.`completion_hist`) AS `completion_hist`,
    sumMap(level.`total_hist`) AS `total_hist`,
    sumMap(level.`latency_hist`) AS `latency_hist`,
    sumMap(level.`ttft_hist`) AS `ttft_hist`
FROM usage_model_1h AS level
GROUP BY bucket, gateway, tenant, model, author, provider, variant, byok;

CREATE TABLE IF NOT EXISTS catalogue_models 
(
    catalogue UInt32,
    slug String,
    author LowCardinality(String),
    name String,
    author_country LowCardinality(String),
    open_weights Nullable(Bool),
    params_total_b Nullable(Decimal(9, 3)),
    params_active_b Nullable(Decimal(9, 3)),
    reasoning Nullable(Bool),
    tool_call Nullable(Bool),
    release_date Nullable(Date),
    prompt_pico Nullable(UInt64),
    completion_pico Nullable(UInt64),
    cached_pico Nullable(UInt64)
)
ENGINE = MergeTree
ORDER BY (catalogue, slug)
SETTINGS non_replicated_deduplication_window = 100000, replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 604800;

CREATE VIEW IF NOT EXISTS models  AS
SELECT * EXCEPT (catalogue)
FROM catalogue_models
WHERE catalogue = (SELECT max(catalogue) FROM catalogue_models);
