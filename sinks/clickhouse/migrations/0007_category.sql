-- What classified requests were about: weighted sums by content category, stored and read like the model family.

CREATE TABLE IF NOT EXISTS usage_category_10s {{on_cluster}}
(
    {{category_level_columns}}
)
ENGINE = {{AggregatingMergeTree}}
PARTITION BY received_day
ORDER BY (bucket, {{category_dimensions}})
TTL received_day + INTERVAL 14 DAY
SETTINGS {{window}}, ttl_only_drop_parts = 1;

CREATE TABLE IF NOT EXISTS usage_category_1h {{on_cluster}}
(
    {{category_level_columns}}
)
ENGINE = {{AggregatingMergeTree}}
PARTITION BY received_day
ORDER BY (bucket, {{category_dimensions}})
SETTINGS {{window}};

CREATE MATERIALIZED VIEW IF NOT EXISTS usage_rollups_to_category_10s {{on_cluster}} TO usage_category_10s AS
SELECT {{category_level_names}}
FROM usage_rollups_in
WHERE family = 'category';

CREATE MATERIALIZED VIEW IF NOT EXISTS usage_rollups_to_category_1h {{on_cluster}} TO usage_category_1h AS
SELECT {{category_level_names_by_hour}}
FROM usage_rollups_in
WHERE family = 'category';

CREATE VIEW IF NOT EXISTS usage_category_1m {{on_cluster}} AS
SELECT
    toStartOfMinute(level.bucket) AS bucket,
    {{category_merged_level}}
FROM usage_category_10s AS level
GROUP BY bucket, {{category_dimensions}};

CREATE VIEW IF NOT EXISTS usage_category_1d {{on_cluster}} AS
SELECT
    toStartOfDay(level.bucket) AS bucket,
    {{category_merged_level}}
FROM usage_category_1h AS level
GROUP BY bucket, {{category_dimensions}};

-- ISO weeks: from Monday 00:00 UTC.
CREATE VIEW IF NOT EXISTS usage_category_1w {{on_cluster}} AS
SELECT
    toDateTime(toStartOfWeek(level.bucket, 1), 'UTC') AS bucket,
    {{category_merged_level}}
FROM usage_category_1h AS level
GROUP BY bucket, {{category_dimensions}};
