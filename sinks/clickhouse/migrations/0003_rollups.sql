-- Faust's rolling aggregates come in as one block per batch, all families together, into a Null table.
-- Its views fill the stored levels and the ledger under the token of that one insert.

CREATE TABLE IF NOT EXISTS usage_rollups_in {{on_cluster}}
(
    {{rollup_columns}}
)
ENGINE = Null;

CREATE TABLE IF NOT EXISTS usage_model_10s {{on_cluster}}
(
    {{level_columns}}
)
ENGINE = {{AggregatingMergeTree}}
PARTITION BY received_day
ORDER BY (bucket, {{dimensions}})
TTL received_day + INTERVAL 14 DAY
SETTINGS {{window}}, ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS usage_model_1h {{on_cluster}}
(
    {{level_columns}}
)
ENGINE = {{AggregatingMergeTree}}
PARTITION BY received_day
ORDER BY (bucket, {{dimensions}})
SETTINGS {{window}};

CREATE TABLE IF NOT EXISTS usage_batches {{on_cluster}}
(
    {{ledger_columns}}
)
ENGINE = {{MergeTree}}
PARTITION BY received_day
ORDER BY (epoch, topic, partition, batch_start)
SETTINGS {{window}};

CREATE MATERIALIZED VIEW IF NOT EXISTS usage_rollups_to_model_10s {{on_cluster}} TO usage_model_10s AS
SELECT {{level_names}}
FROM usage_rollups_in
WHERE family = 'model';

CREATE MATERIALIZED VIEW IF NOT EXISTS usage_rollups_to_model_1h {{on_cluster}} TO usage_model_1h AS
SELECT {{level_names_by_hour}}
FROM usage_rollups_in
WHERE family = 'model';

CREATE MATERIALIZED VIEW IF NOT EXISTS usage_rollups_to_batches {{on_cluster}} TO usage_batches AS
SELECT {{ledger_names}}
FROM usage_rollups_in
WHERE family = 'batch';
