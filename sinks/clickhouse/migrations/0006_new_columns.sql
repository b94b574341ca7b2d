-- Columns that rows of an older schema lack. A store made by this program has them from the start.

ALTER TABLE usage_events {{on_cluster}}
    {{add_fact_columns}};

ALTER TABLE usage_rollups_in {{on_cluster}}
    {{add_rollup_columns}};

ALTER TABLE usage_model_10s {{on_cluster}}
    {{add_model_level_columns}};

ALTER TABLE usage_model_1h {{on_cluster}}
    {{add_model_level_columns}};

ALTER TABLE usage_rollups_to_model_10s {{on_cluster}} MODIFY QUERY
SELECT {{model_level_names}}
FROM usage_rollups_in
WHERE family = 'model';

ALTER TABLE usage_rollups_to_model_1h {{on_cluster}} MODIFY QUERY
SELECT {{model_level_names_by_hour}}
FROM usage_rollups_in
WHERE family = 'model';

CREATE OR REPLACE VIEW usage_model_1m {{on_cluster}} AS
SELECT
    toStartOfMinute(level.bucket) AS bucket,
    {{model_merged_level}}
FROM usage_model_10s AS level
GROUP BY bucket, {{model_dimensions}};

CREATE OR REPLACE VIEW usage_model_1d {{on_cluster}} AS
SELECT
    toStartOfDay(level.bucket) AS bucket,
    {{model_merged_level}}
FROM usage_model_1h AS level
GROUP BY bucket, {{model_dimensions}};

-- ISO weeks: from Monday 00:00 UTC.
CREATE OR REPLACE VIEW usage_model_1w {{on_cluster}} AS
SELECT
    toDateTime(toStartOfWeek(level.bucket, 1), 'UTC') AS bucket,
    {{model_merged_level}}
FROM usage_model_1h AS level
GROUP BY bucket, {{model_dimensions}};
