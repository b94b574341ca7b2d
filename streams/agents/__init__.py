"""Agents are registered by `build`, never discovered: each module has `register(app, …)`."""
