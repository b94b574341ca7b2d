"""The figures of the study over a store: as a live page, and as one file that can be mailed."""
