"""The embedded engine behind ClickHouse's HTTP interface: `tokentide store`."""
