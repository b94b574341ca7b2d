-- What each account did on each day (UTC) of event time, summed from facts as they are inserted.
-- Accounts of different account_key_id were hashed with different keys and are never compared.

CREATE TABLE IF NOT EXISTS usage_accounts_1d {{on_cluster}}
(
    {{accounts_level_columns}}
)
ENGINE = {{AggregatingMergeTree}}
PARTITION BY received_day
ORDER BY (day, {{accounts_dimensions}})
SETTINGS {{window}};

CREATE MATERIALIZED VIEW IF NOT EXISTS usage_events_to_accounts_1d {{on_cluster}} TO usage_accounts_1d AS
{{accounts_from_facts}};
