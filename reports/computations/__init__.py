"""Figures whose last step is not SQL: summaries over weeks, rankings, fits, before and after."""
