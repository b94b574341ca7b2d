"""Pure functions on columns: no clock, no I/O, no framework. What they return depends on their input alone."""
