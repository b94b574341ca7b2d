"""Store addresses are read once, and printed without what must not be printed."""

from pathlib import Path

import pytest

from tokentide.schemas.errors import UsageError
from tokentide.sinks.clickhouse.address import EmbeddedAddress, ServerAddress, parse_address
from tokentide.sinks.clickhouse.tokens import token_boot


def test_an_embedded_address_is_a_folder() -> None:
    assert parse_address("chdb:///var/lib/tokentide") == EmbeddedAddress(Path("/var/lib/tokentide"))


def test_a_server_address_has_defaults_for_what_it_leaves_out() -> None:
    assert parse_address("clickhouse://db.example") == ServerAddress(
        host="db.example", port=8123, tls=False, user="default", database="default", password=""
    )
    assert parse_address("clickhouses://me:p%40ss@db.example:9000/usage") == ServerAddress(
        host="db.example", port=9000, tls=True, user="me", database="usage", password="p@ss"
    )
    tls = parse_address("clickhouses://db.example")
    assert isinstance(tls, ServerAddress)
    assert tls.port == 8443


def test_no_form_of_an_address_shows_its_password() -> None:
    address = parse_address("clickhouse://me:hunter2@db.example/usage")
    assert str(address) == "clickhouse://me@db.example:8123/usage"
    assert "hunter2" not in f"{address} {address!r}"


@pytest.mark.parametrize(
    "url", ["http://me:hunter2@h/x", "clickhouse://me:hunter2@h:port/x", "clickhouse://me:hunter2@"]
)
def test_a_refused_address_is_told_without_its_password(url: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_address(url)
    assert "hunter2" not in str(raised.value)


def test_the_boot_of_a_token_is_what_its_writer_named() -> None:
    assert token_boot("cluster.ab12:usage.events.v1:3:100:250:77fe") == "77fe"
