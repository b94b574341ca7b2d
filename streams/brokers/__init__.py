"""Brokers: where Kafka is, which topics it must hold, and the embedded one for demos and quick tests."""
