-- Where accounts are billed and what language prompts are in, stored and read like the model family.

CREATE TABLE IF NOT EXISTS usage_place_10s {{on_cluster}}
(
    {{place_level_columns}}
)
ENGINE = {{AggregatingMergeTree}}
PARTITION BY received_day
ORDER BY (bucket, {{place_dimensions}})
TTL received_day + INTERVAL 14 DAY
SETTINGS {{window}}, ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS usage_place_1h {{on_cluster}}
(
    {{place_level_columns}}
)
ENGINE = {{AggregatingMergeTree}}
PARTITION BY received_day
ORDER BY (bucket, {{place_dimensions}})
SETTINGS {{window}};

CREATE MATERIALIZED VIEW IF NOT EXISTS usage_rollups_to_place_10s {{on_cluster}} TO usage_place_10s AS
SELECT {{place_level_names}}
FROM usage_rollups_in
WHERE family = 'place';

CREATE MATERIALIZED VIEW IF NOT EXISTS usage_rollups_to_place_1h {{on_cluster}} TO usage_place_1h AS
SELECT {{place_level_names_by_hour}}
FROM usage_rollups_in
WHERE family = 'place';

CREATE VIEW IF NOT EXISTS usage_place_1m {{on_cluster}} AS
SELECT
    toStartOfMinute(level.bucket) AS bucket,
    {{place_merged_level}}
FROM usage_place_10s AS level
GROUP BY bucket, {{place_dimensions}};

CREATE VIEW IF NOT EXISTS usage_place_1d {{on_cluster}} AS
SELECT
    toStartOfDay(level.bucket) AS bucket,
    {{place_merged_level}}
FROM usage_place_1h AS level
GROUP BY bucket, {{place_dimensions}};

-- ISO weeks: from Monday 00:00 UTC.
CREATE VIEW IF NOT EXISTS usage_place_1w {{on_cluster}} AS
SELECT
    toDateTime(toStartOfWeek(level.bucket, 1), 'UTC') AS bucket,
    {{place_merged_level}}
FROM usage_place_1h AS level
GROUP BY bucket, {{place_dimensions}};
