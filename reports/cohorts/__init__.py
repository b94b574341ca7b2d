"""What accounts do over time: cohorts, retention, switching; from the account table, grouped in the engine."""
