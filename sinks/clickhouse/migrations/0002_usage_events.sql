-- Facts: one row per accepted event. Partitioned by broker time, which no producer chooses, so that a batch
-- touches one or two partitions however far its event times reach. Ordered by 10-second bucket of event time,
-- then in the order of the log: reports prune by time, rebuilds stream bucket by bucket, and offsets, times
-- and batches stand in runs that compress to almost nothing. Ranges of offsets prune by the skipping indices.

CREATE TABLE IF NOT EXISTS usage_events {{on_cluster}}
(
    {{fact_columns}},
    INDEX offset_range `offset` TYPE minmax GRANULARITY 1,
    INDEX batch_range batch_start TYPE minmax GRANULARITY 1
)
ENGINE = {{MergeTree}}
PARTITION BY toDate(received_at)
ORDER BY (toStartOfInterval(event_time, toIntervalSecond(10)), partition, `offset`)
TTL toDate(received_at) + INTERVAL {{facts_days}} DAY
SETTINGS {{window}}, ttl_only_drop_parts = 1, min_compress_block_size = 1048576;
