"""Ordered SQL files, `NNNN_name.sql`; `{{…}}` is filled from the declared columns and the layout."""
