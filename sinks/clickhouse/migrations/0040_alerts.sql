-- What the shift detector saw, thinks, said and was told. Written by the leader of the workers; every table takes
-- the newest row of a key, so that two leaders for a moment, or one that begins again, change nothing.

-- Closed 5-minute sums of what is watched: a cell sums what had arrived a minute after its end, and never changes.
-- Kept apart from the levels because eight weeks are needed and the 10-second level lasts two.
CREATE TABLE IF NOT EXISTS alert_cells {{on_cluster}}
(
    watch LowCardinality(String),
    unit LowCardinality(String),
    start DateTime('UTC'),
    member String,
    events Float64,
    amount Float64,
    amount_sq Float64,
    clustered_sq Nullable(Float64),
    top_account Nullable(Float64),
    top_key Nullable(Float64),
    cost Nullable(Float64),
    late Bool,
    written_at DateTime('UTC') DEFAULT now('UTC')
)
ENGINE = {{ReplacingMergeTree}}
PARTITION BY toMonday(start)
ORDER BY (watch, unit, start, member)
TTL toDate(written_at) + INTERVAL 70 DAY
SETTINGS {{window}}, ttl_only_drop_parts = 1;

-- Every change of every alert; `change_id` names one, whoever decided it.
CREATE TABLE IF NOT EXISTS alert_events {{on_cluster}}
(
    {{alert_columns}}
)
ENGINE = {{ReplacingMergeTree}}
ORDER BY (at, change_id)
SETTINGS {{window}};

-- Where each watch stands: `state` is what the next tick goes on from.
CREATE TABLE IF NOT EXISTS alert_state {{on_cluster}}
(
    watch LowCardinality(String),
    tick DateTime('UTC'),
    status LowCardinality(String),
    reason String,
    alert_id String,
    state String
)
ENGINE = {{ReplacingMergeTree}}(tick)
ORDER BY watch
SETTINGS {{window}};

-- The smallest change each series can show, by window.
CREATE TABLE IF NOT EXISTS alert_limits {{on_cluster}}
(
    watch LowCardinality(String),
    member String,
    window_s UInt32,
    tick DateTime('UTC'),
    limit_pp Float64,
    n_eff Float64,
    share Float64,
    judged Bool,
    written_at DateTime('UTC') DEFAULT now('UTC')
)
ENGINE = {{ReplacingMergeTree}}(tick)
ORDER BY (watch, member, window_s)
TTL toDate(written_at) + INTERVAL 30 DAY
SETTINGS {{window}};

-- What people said: kind is 'ack', 'accept' or 'silence'; a silence has an end.
CREATE TABLE IF NOT EXISTS alert_actions {{on_cluster}}
(
    action_id String,
    kind LowCardinality(String),
    watch LowCardinality(String),
    alert_id String,
    at DateTime64(3, 'UTC'),
    until DateTime64(3, 'UTC'),
    who String,
    note String
)
ENGINE = {{ReplacingMergeTree}}(at)
ORDER BY action_id
SETTINGS {{window}};

-- Which change was taken by which channel.
CREATE TABLE IF NOT EXISTS alert_deliveries {{on_cluster}}
(
    change_id String,
    channel LowCardinality(String),
    delivered_at DateTime64(3, 'UTC')
)
ENGINE = {{ReplacingMergeTree}}(delivered_at)
ORDER BY (change_id, channel)
TTL toDate(delivered_at) + INTERVAL 90 DAY
SETTINGS {{window}};

-- Events more than 60 s ahead of the broker's clock, by gateway and 5 minutes of arrival.
CREATE TABLE IF NOT EXISTS alert_early {{on_cluster}}
(
    start DateTime('UTC'),
    gateway LowCardinality(String),
    events UInt64,
    lead_max_s Float64,
    written_at DateTime('UTC') DEFAULT now('UTC')
)
ENGINE = {{ReplacingMergeTree}}
ORDER BY (start, gateway)
TTL toDate(written_at) + INTERVAL 90 DAY
SETTINGS {{window}};
