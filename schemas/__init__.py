"""The contracts: events, rollup rows, dead letters, the model catalogue and the settings.

Imports no other room. What a gateway needs of it runs on the base install; modules that need
Arrow (`columns`, `rollup_columns`) are imported by the worker only.
"""
