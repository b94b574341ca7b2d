"""How often the detector is wrong, how much it sees and how fast: simulated and real traffic with known shifts."""
