"""Pure decisions on closed cells: no clock, no I/O, no framework. State goes in, state and changes come out."""
