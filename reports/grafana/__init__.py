"""Grafana dashboards and alert rules, written from the metric registry as plain JSON."""
