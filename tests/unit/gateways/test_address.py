"""A Kafka address must be read whole, refuse what cannot work, and never show the password."""

import ssl

import pytest

from tokentide.gateways import KafkaAddress
from tokentide.schemas.errors import UsageError

SECRET = "s3cr%2Ft"


def test_plain_address_is_its_servers() -> None:
    address = KafkaAddress.parse("kafka://one:9092,two:9093")
    assert address.client_options() == {
        "bootstrap_servers": ["one:9092", "two:9093"],
        "security_protocol": "PLAINTEXT",
    }
    assert str(address) == "kafka://one:9092,two:9093"


def test_login_is_decoded_and_spoken_as_scram() -> None:
    options = KafkaAddress.parse(f"kafka://me%40here:{SECRET}@one:9092").client_options()
    assert options["security_protocol"] == "SASL_PLAINTEXT"
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("me@here", "s3cr/t")


def test_tls_brings_a_context_that_checks_certificates() -> None:
    options = KafkaAddress.parse(f"kafka://me:{SECRET}@one:9092?tls=true&mechanism=plain").client_options()
    assert options["security_protocol"] == "SASL_SSL"
    assert options["ssl_context"].verify_mode is ssl.CERT_REQUIRED


def test_no_text_form_holds_the_password() -> None:
    address = KafkaAddress.parse(f"kafka://me:{SECRET}@one:9092")
    assert "s3cr" not in f"{address} {address!r}"


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("one:9092", "kafka://"),
        ("http://one:9092", "http"),
        ("kafka://", "host:port"),
        ("kafka://one", "host:port"),
        ("kafka://one:0", "host:port"),
        ("kafka://one:9092/topic", "kafka://"),
        ("kafka://one:9092?tls=maybe", "tls=maybe"),
        ("kafka://one:9092?acks=1", "acks"),
        (f"kafka://me:{SECRET}@one:9092?mechanism=GSSAPI", "GSSAPI"),
        (f"kafka://me:{SECRET}@one:9092?mechanism=PLAIN", "PLAIN"),
        ("kafka://me@one:9092", "password"),
    ],
)
def test_a_bad_address_is_refused_by_name_without_the_password(url: str, names: str) -> None:
    with pytest.raises(UsageError, match=names.replace("/", ".")) as refusal:
        KafkaAddress.parse(url)
    assert "s3cr" not in str(refusal.value)


def test_a_missing_authority_file_is_named() -> None:
    with pytest.raises(UsageError, match="no-such.pem"):
        KafkaAddress.parse("kafka://one:9092?tls=true&ca=no-such.pem").client_options()
