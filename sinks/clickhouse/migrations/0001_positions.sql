-- Which log, which opening of the store, and how far each partition is confirmed.

CREATE TABLE IF NOT EXISTS usage_boots {{on_cluster}}
(
    boot String,
    number UInt64,
    opened_at DateTime64(3, 'UTC')
)
ENGINE = {{MergeTree}}
ORDER BY number
SETTINGS {{window}};

CREATE TABLE IF NOT EXISTS usage_topics {{on_cluster}}
(
    epoch String,
    topic LowCardinality(String),
    cluster_id String,
    incarnation String,
    partitions UInt32,
    created_at DateTime64(3, 'UTC')
)
ENGINE = {{MergeTree}}
ORDER BY (topic, created_at)
SETTINGS {{window}};

-- A partition's newest row wins: its offsets below `confirmed` are written, up to broker time `append_time`.
CREATE TABLE IF NOT EXISTS usage_watermarks {{on_cluster}}
(
    epoch LowCardinality(String),
    topic LowCardinality(String),
    partition UInt32,
    confirmed UInt64,
    end_offset UInt64,
    append_time DateTime64(3, 'UTC'),
    observed_at DateTime64(3, 'UTC')
)
ENGINE = {{ReplacingMergeTree}}(observed_at)
ORDER BY (epoch, topic, partition)
SETTINGS {{window}};
