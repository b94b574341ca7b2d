"""Intervals, tests and fits behind the figures: pure functions of numbers and arrays; no store, no clock."""
