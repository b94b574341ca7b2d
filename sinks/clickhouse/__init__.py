"""Facts, rollups and the ledger in ClickHouse: an embedded engine or a server, chosen by URL."""
