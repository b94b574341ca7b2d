-- Coarser levels are read, not stored. One row per bucket and dimensions, whatever days it was received on.

CREATE VIEW IF NOT EXISTS usage_model_1m {{on_cluster}} AS
SELECT
    toStartOfMinute(level.bucket) AS bucket,
    {{merged_level}}
FROM usage_model_10s AS level
GROUP BY bucket, {{dimensions}};

CREATE VIEW IF NOT EXISTS usage_model_1d {{on_cluster}} AS
SELECT
    toStartOfDay(level.bucket) AS bucket,
    {{merged_level}}
FROM usage_model_1h AS level
GROUP BY bucket, {{dimensions}};

-- ISO weeks: from Monday 00:00 UTC.
CREATE VIEW IF NOT EXISTS usage_model_1w {{on_cluster}} AS
SELECT
    toDateTime(toStartOfWeek(level.bucket, 1), 'UTC') AS bucket,
    {{merged_level}}
FROM usage_model_1h AS level
GROUP BY bucket, {{dimensions}};
