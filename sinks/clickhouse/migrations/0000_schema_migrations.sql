-- Which migrations this store has, and what each said when it was applied.

CREATE TABLE IF NOT EXISTS schema_migrations {{on_cluster}}
(
    version UInt32,
    name String,
    checksum String,
    applied_at DateTime64(3, 'UTC')
)
ENGINE = {{MergeTree}}
ORDER BY version
SETTINGS {{window}};
