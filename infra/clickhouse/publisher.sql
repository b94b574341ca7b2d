-- The role of a public page: it reads what was published, and what the catalogue says of models and places.
-- Run once by an administrator, in Tokentide's database: clickhouse-client --database default --queries-file publisher.sql

CREATE ROLE IF NOT EXISTS publisher SETTINGS readonly = 1, max_execution_time = 10, max_result_rows = 100000;

GRANT SELECT ON published_days TO publisher;
GRANT SELECT ON published_members TO publisher;
GRANT SELECT ON published_cells TO publisher;

GRANT SELECT ON catalogue_models TO publisher;
GRANT SELECT ON models TO publisher;
GRANT SELECT ON model_groups TO publisher;
GRANT SELECT ON catalogue_places TO publisher;
GRANT SELECT ON places TO publisher;
