-- Days of event time by received day, for received days that nothing is added to any more. No batch writes them:
-- they are summed up from the hours, a received day at a time, and a partition is replaced in one step.

CREATE TABLE IF NOT EXISTS usage_model_1d_sealed {{on_cluster}}
(
    {{model_level_columns}}
)
ENGINE = {{AggregatingMergeTree}}
PARTITION BY received_day
ORDER BY (bucket, {{model_dimensions}})
SETTINGS {{window}};

CREATE TABLE IF NOT EXISTS usage_category_1d_sealed {{on_cluster}}
(
    {{category_level_columns}}
)
ENGINE = {{AggregatingMergeTree}}
PARTITION BY received_day
ORDER BY (bucket, {{category_dimensions}})
SETTINGS {{window}};

CREATE TABLE IF NOT EXISTS usage_place_1d_sealed {{on_cluster}}
(
    {{place_level_columns}}
)
ENGINE = {{AggregatingMergeTree}}
PARTITION BY received_day
ORDER BY (bucket, {{place_dimensions}})
SETTINGS {{window}};

-- All dimensions together: one row per received day and day.

CREATE TABLE IF NOT EXISTS usage_total_1d_sealed {{on_cluster}}
(
    {{total_level_columns}}
)
ENGINE = {{AggregatingMergeTree}}
PARTITION BY received_day
ORDER BY bucket
SETTINGS {{window}};

-- Of which state of the hours each of these partitions is the sum, and which state of the partition that was:
-- the newest insert or mutation of each, by number. A partition that says otherwise by now is not read.

CREATE TABLE IF NOT EXISTS usage_sealed {{on_cluster}}
(
    level LowCardinality(String),
    received_day Date,
    source UInt64,
    stored UInt64,
    sealed_at DateTime64(3, 'UTC')
)
ENGINE = {{MergeTree}}
ORDER BY (level, received_day)
SETTINGS {{window}};
