"""What is measured: one module per subject, each run in a process of its own by `bench.runner`."""
