-- What the catalogue says of each model, by version of the catalogue; `models` shows the newest.
-- Prices are pico-USD per token, the newest known.

CREATE TABLE IF NOT EXISTS catalogue_models {{on_cluster}}
(
    catalogue UInt32,
    slug String,
    author LowCardinality(String),
    name String,
    author_country LowCardinality(String),
    open_weights Nullable(Bool),
    params_total_b Nullable(Decimal(9, 3)),
    params_active_b Nullable(Decimal(9, 3)),
    reasoning Nullable(Bool),
    tool_call Nullable(Bool),
    release_date Nullable(Date),
    prompt_pico Nullable(UInt64),
    completion_pico Nullable(UInt64),
    cached_pico Nullable(UInt64)
)
ENGINE = {{MergeTree}}
ORDER BY (catalogue, slug)
SETTINGS {{window}};

CREATE VIEW IF NOT EXISTS models {{on_cluster}} AS
SELECT * EXCEPT (catalogue)
FROM catalogue_models
WHERE catalogue = (SELECT max(catalogue) FROM catalogue_models);
