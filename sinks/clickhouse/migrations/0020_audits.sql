-- What the continuous audit compared and found, one row per run; kept for a month.

CREATE TABLE IF NOT EXISTS usage_audits {{on_cluster}}
(
    ran_at DateTime64(3, 'UTC'),
    scope LowCardinality(String),
    facts UInt64,
    mismatches UInt64,
    first_difference String,
    seconds Float64
)
ENGINE = {{MergeTree}}
ORDER BY (scope, ran_at)
TTL toDate(ran_at) + INTERVAL 30 DAY
SETTINGS {{window}};
