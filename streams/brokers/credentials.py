"""How Faust is told to log in."""

from typing import Any

import faust

from tokentide.streams.brokers.address import Security


def faust_credentials(security: Security) -> Any:
    """`broker_credentials` of a Faust app; None for a broker that asks for nothing.

    Raises:
        UsageError: the certificate authority's file cannot be used.
    """
    context = security.ssl_context()
    if security.username is not None:
        return faust.SASLCredentials(
            username=security.username,
            password=security.password,
            mechanism=security.mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context is not None else None
