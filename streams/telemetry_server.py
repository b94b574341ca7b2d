"""`/metrics` and `/health` over HTTP, from a thread of its own: it answers also while the event loop does not."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from tokentide.schemas.errors import UserError
from tokentide.schemas.metrics_address import MetricsAddress
from tokentide.streams.telemetry import Telemetry

_PLAIN: Final = "text/plain; charset=utf-8"


class TelemetryServer:
    """Serves one worker's telemetry until stopped.

    Args:
        address: where to listen; port 0 takes a free one.
        telemetry: what is shown.
    Raises:
        UserError: the address cannot be listened on.
    """

    def __init__(self, address: MetricsAddress, telemetry: Telemetry) -> None:
        try:
            self._server = _Server((address.host, address.port), _handler_of(telemetry))
        except OSError as error:
            raise UserError(f"TOKENTIDE_METRICS_ADDRESS {address}: {error.strerror or error}") from None
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True


def _handler_of(telemetry: Telemetry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, generate_latest(telemetry.registry))
            elif self.path == "/health":
                healthy = telemetry.is_healthy
                words = b"ok\n" if healthy else b"the event loop does not turn\n"
                self._answer(200 if healthy else 503, _PLAIN, words)
            else:
                self._answer(404, _PLAIN, b"/metrics or /health\n")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Log no request."""

    return Handler
