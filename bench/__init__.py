"""Side by side on one Kafka and the same bytes: plain Faust, our worker, ClickHouse alone (`make bench`)."""
