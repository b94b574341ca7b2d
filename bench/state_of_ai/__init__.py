"""The simulated market `state-of-ai-2025` through broker, worker and store: what was published, set and measured."""
