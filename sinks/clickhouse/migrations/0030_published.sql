-- What strangers may see, written once per composition and day and never again: figures of cells that belong to
-- enough accounts, rounded. `kind` is 'cell', or 'day' for the one row that says what became of the day.
-- The views are all that the role `publisher` may read (infra/clickhouse/publisher.sql).

CREATE TABLE IF NOT EXISTS published_cells {{on_cluster}}
(
    composition LowCardinality(String),
    day Date,
    kind LowCardinality(String),
    member String,
    tokens Float64,
    requests Float64,
    cost_usd Float64,
    withheld Bool,
    folded UInt32,
    rules LowCardinality(String),
    account_share Float64,
    as_of DateTime64(3, 'UTC')
)
ENGINE = {{MergeTree}}
ORDER BY (composition, day, kind, member)
SETTINGS {{window}};

CREATE VIEW IF NOT EXISTS published_days {{on_cluster}} AS
SELECT composition, day, withheld, folded, rules, account_share
FROM published_cells
WHERE kind = 'day';

CREATE VIEW IF NOT EXISTS published_members {{on_cluster}} AS
SELECT composition, day, member, tokens, requests, cost_usd
FROM published_cells
WHERE kind = 'cell';
