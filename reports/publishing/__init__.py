"""What strangers may see: cells that belong to enough accounts, on a fixed calendar, published once."""
