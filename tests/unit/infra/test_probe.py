"""The readiness probe reads Kafka's own bytes."""

import socket
import threading
from collections.abc import Iterator

import pytest
from localkafka import probe

# Metadata v1 response written out by hand: correlation id 1; brokers 2 and 1; controller 2; no topics.
RESPONSE = (
    b"\x00\x00\x00\x01"
    b"\x00\x00\x00\x02"
    b"\x00\x00\x00\x02\x00\x09127.0.0.1\x00\x00\x4e\x20\xff\xff"
    b"\x00\x00\x00\x01\x00\x05local\x00\x00\x4e\x21\x00\x02r1"
    b"\x00\x00\x00\x02"
    b"\x00\x00\x00\x00"
)


def test_brokers_and_controller_are_read_with_and_without_rack() -> None:
    assert probe.parse(RESPONSE) == probe.Metadata(brokers=(1, 2), controller=2)


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def test_a_request_for_no_topic_is_sent_and_the_answer_may_come_in_pieces(server: socket.socket) -> None:
    asked: list[bytes] = []

    def answer() -> None:
        connection, _ = server.accept()
        with connection:
            asked.append(connection.recv(100))
            framed = len(RESPONSE).to_bytes(4, "big") + RESPONSE
            for at in range(len(framed)):
                connection.sendall(framed[at : at + 1])

    thread = threading.Thread(target=answer)
    thread.start()
    assert probe.metadata(server.getsockname()[1]).controller == 2
    thread.join()
    (request,) = asked
    assert int.from_bytes(request[:4], "big") == len(request) - 4
    assert request[4:12] == b"\x00\x03\x00\x01\x00\x00\x00\x01"
    assert request.endswith(b"\x00\x00\x00\x00")


def test_a_closed_port_and_a_cut_answer_are_told_as_oserror(server: socket.socket) -> None:
    thread = threading.Thread(target=lambda: server.accept()[0].close())
    thread.start()
    with pytest.raises(OSError):  # noqa: PT011  reset or closed: both are a broker that is not ready
        probe.metadata(server.getsockname()[1])
    thread.join()
