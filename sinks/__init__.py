"""Where rows go: ClickHouse (DDL, writer, repair, audit), dead letters, and the store server.

Knows schemas and a store; does not know Faust. Every write is idempotent under its token.
"""
