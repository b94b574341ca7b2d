"""What happens: the Faust app, its batched transport, the delivery protocol and the pure transforms.

One direction: transport -> agents/ingest -> assignment -> partition (acts) with planner (decides)
-> transforms/settle (decode, refuse, deduplicate, enrich, group) -> sinks.

Not obvious, and each broke once in a prototype:
- Faust's acknowledgements and commits are off; a raising agent acknowledges what it holds.
- A fetch that begins too late proves a hole in the log only when it is a second look.
- A commit whose outcome is unknown makes this member leave the group, so that it cannot land later.
- A loop that is cancelled leaves a write running in its thread; the successor waits for it.
"""
