"""The metrics, one file per group: declarations only."""
