"""Broker addresses: what is accepted, what is refused in one sentence, and that no text holds a password."""

import ssl

import pytest

from tokentide.schemas.errors import UsageError
from tokentide.schemas.kafka_address import KafkaAddress, Security, parse_address


@pytest.mark.parametrize(
    ("url", "servers"),
    [
        ("kafka://broker:9092", ("broker:9092",)),
        ("kafka://broker", ("broker:9092",)),
        ("kafka://a:1,b:65535,c", ("a:1", "b:65535", "c:9092")),
        ("kafka://[::1]:9093", ("[::1]:9093",)),
        ("kafka://[::1]", ("[::1]:9092",)),
        ("kafka://a:9092/", ("a:9092",)),
        ("embedded://", ()),
    ],
)
def test_addresses(url: str, servers: tuple[str, ...]) -> None:
    address = parse_address(url)
    assert address.servers == servers
    assert address.embedded == (url == "embedded://")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("broker:9092", "starts with broker://"),
        ("http://broker:9092", "starts with http://"),
        ("", "starts with nothing://"),
        ("kafka://", "no host:port"),
        ("kafka://a:9092,", "no host:port"),
        ("kafka://a:port", "no host:port"),
        ("kafka://a:0", "no host:port"),
        ("kafka://a:65536", "no host:port"),
        ("kafka://a:9092/topic", "starts with kafka://"),
        ("kafka://a:9092?tls=yes", "neither true nor false"),
        ("kafka://a:9092?ssl=true", "knows no option 'ssl'"),
        ("kafka://ann:secret@a:9092?mechanism=GSSAPI", "not one of PLAIN"),
        ("kafka://ann@a:9092", "must be given together"),
        ("kafka://ann:secret@a:9092?mechanism=PLAIN", "sends Kafka's password readable"),
        ("embedded://host", "starts with embedded://"),
    ],
)
def test_refused_addresses_say_why_and_never_the_password(url: str, told: str) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        parse_address(url)
    assert "secret" not in str(caught.value)


def test_the_url_wins_over_the_settings_and_percent_signs_are_undone() -> None:
    settings = Security(username="bob", password="old", mechanism="SCRAM-SHA-256", tls=False)
    security = parse_address("kafka://ann:p%40ss@a:1?tls=true&mechanism=plain", settings).security
    assert (security.username, security.password) == ("ann", "p@ss")
    assert (security.mechanism, security.tls) == ("PLAIN", True)
    assert parse_address("kafka://a:1", settings).security == settings


def test_no_text_of_an_address_holds_the_password() -> None:
    address = parse_address("kafka://ann:secret@a:1,b:2")
    assert str(address) == "kafka://a:1,b:2"
    assert "secret" not in f"{address!r} {address.security!r} {address.faust_url} {address.bootstrap}"


@pytest.mark.parametrize(
    ("security", "protocol"),
    [
        (Security(), "PLAINTEXT"),
        (Security(tls=True), "SSL"),
        (Security("ann", "secret"), "SASL_PLAINTEXT"),
        (Security("ann", "secret", tls=True), "SASL_SSL"),
    ],
)
def test_clients_get_the_protocol_and_only_what_it_needs(security: Security, protocol: str) -> None:
    options = KafkaAddress(("a:1", "b:2"), security).client_options()
    assert options["bootstrap_servers"] == ["a:1", "b:2"]
    assert options["security_protocol"] == protocol
    assert (options["ssl_context"] is not None) == security.tls
    assert ("sasl_plain_password" in options) == (security.username is not None)


def test_tls_checks_certificates_and_names() -> None:
    context = Security(tls=True).ssl_context()
    assert context is not None
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


def test_an_unusable_authority_file_is_named() -> None:
    with pytest.raises(UsageError, match="authority file /no/such/file cannot be used"):
        Security(tls=True, ca_file="/no/such/file").ssl_context()


def test_faust_takes_all_servers() -> None:
    assert parse_address("kafka://a:1,b:2").faust_url == "kafka://a:1;kafka://b:2"
