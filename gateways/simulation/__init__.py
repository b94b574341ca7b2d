"""A market with known ground truth: latent parameters in, events and their exact figures out.

Needs numpy, which the base install lacks; nothing outside this package imports it before a simulation is
asked for.
"""
