"""Tokentide: a live State of AI for whoever runs an LLM gateway."""
