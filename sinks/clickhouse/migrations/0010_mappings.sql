-- The maps of content paths to categories and of countries to continents, by version of the catalogue;
-- the views show the newest.

CREATE TABLE IF NOT EXISTS catalogue_categories {{on_cluster}}
(
    catalogue UInt32,
    prefix String,
    category LowCardinality(String),
    bucket LowCardinality(String),
    basis LowCardinality(String)
)
ENGINE = {{MergeTree}}
ORDER BY (catalogue, prefix)
SETTINGS {{window}};

CREATE VIEW IF NOT EXISTS categories {{on_cluster}} AS
SELECT * EXCEPT (catalogue)
FROM catalogue_categories
WHERE catalogue = (SELECT max(catalogue) FROM catalogue_categories);

CREATE TABLE IF NOT EXISTS catalogue_places {{on_cluster}}
(
    catalogue UInt32,
    code LowCardinality(String),
    name String,
    continent LowCardinality(String)
)
ENGINE = {{MergeTree}}
ORDER BY (catalogue, code)
SETTINGS {{window}};

CREATE VIEW IF NOT EXISTS places {{on_cluster}} AS
SELECT * EXCEPT (catalogue)
FROM catalogue_places
WHERE catalogue = (SELECT max(catalogue) FROM catalogue_places);
