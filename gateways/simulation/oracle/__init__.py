"""Exact figures of every metric, from the generator's own events in plain numpy: no SQL, no code of `reports`."""
