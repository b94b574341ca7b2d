"""From request to answer: check, lease a connection, prepare it, run the statement."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from tokentide.sinks.store import readers, refusals
from tokentide.sinks.store.answers import Answer, common_headers, failure, summary
from tokentide.sinks.store.auth import Login
from tokentide.sinks.store.engine import Engine, comment
from tokentide.sinks.store.errors import StoreError
from tokentide.sinks.store.external import ExternalTable, read_form
from tokentide.sinks.store.grants import Limits
from tokentide.sinks.store.hidden_sql import refuse_given_filter
from tokentide.sinks.store.inserts import insert
from tokentide.sinks.store.lease import Lease
from tokentide.sinks.store.queue import Queue
from tokentide.sinks.store.request import Request, plain_body, read_sql
from tokentide.sinks.store.sessions import Sessions
from tokentide.sinks.store.statement import Statement
from tokentide.sinks.store.system_tables import may_touch_system, refuse_hidden

log = logging.getLogger(__name__)

# The engine hands out each block as a document of its own: only formats without head or foot join up.
_JOINING: Final = frozenset(
    {
        "Native", "TabSeparated", "TSV", "TabSeparatedRaw", "TSVRaw", "CSV", "RowBinary", "JSONEachRow", "JSONLines",
        "NDJSON", "JSONCompactEachRow", "JSONStringsEachRow",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Job:
    """One request, read.

    Attributes:
        request: who asks, under which settings.
        statement: what.
        tables: external tables it brings.
        first: the start of an insert's data.
        body: the rest of it.
    """

    request: Request
    statement: Statement
    tables: list[ExternalTable]
    first: bytes
    body: AsyncIterator[bytes]


class Handler:
    """Answers the requests that come to one address.

    Args:
        engine: asked.
        login: the account that may ask.
        limits: this address is for readers, within these; None to read and write.
    """

    def __init__(self, engine: Engine, login: Login, limits: Limits | None = None) -> None:
        self.engine = engine
        self.sessions = Sessions()
        self._login = login
        self._limits = limits
        self._queue = None if limits is None else Queue(limits.at_once, limits.wait_s)

    async def ping(self, _: web.Request) -> web.Response:
        """Say that the store accepts requests."""
        return web.Response(text="Ok.\n")

    async def root(self, http: web.Request) -> web.StreamResponse:
        """Answer one statement."""
        started = time.perf_counter()
        request = Request(http.method, {}, http.headers, "")
        outcome = "cancelled"
        try:
            request = Request.of(http)
            response = await self._answer(http, request)
            outcome = str(response.status)
        except StoreError as error:
            response = failure(self.engine, request, error)
            outcome = f"{error.status} code {error.code}"
        finally:
            log.debug("query %s: %s after %.1f ms", request.query_id, outcome, 1e3 * (time.perf_counter() - started))
        return response

    async def close_expired(self) -> None:
        """Close the sessions left alone for too long."""
        for session in self.sessions.expired(time.monotonic()):
            await self.engine.run(session.connection.close)

    async def close_sessions(self) -> None:
        """Close every session; no request runs any more."""
        for session in self.sessions.all():
            await self.engine.run(session.connection.close)

    async def _answer(self, http: web.Request, request: Request) -> web.StreamResponse:
        self._login.check(request)
        if self._limits is None or self._queue is None:
            job = await self._read(http, request, None)
            return await self._run(http, job) if job else await self.ping(http)
        job = await self._arrived(http, request, self._limits)
        if job is None:
            return await self.ping(http)
        async with self._queue.place(), asyncio.timeout(2 * self._limits.seconds):
            return await self._run(http, job)

    async def _arrived(self, http: web.Request, request: Request, limits: Limits) -> Job | None:
        """Read a reader's request, if it arrives in time."""
        try:
            async with asyncio.timeout(limits.body_s):
                return await self._read(http, request, limits)
        except TimeoutError:
            text = f"The request did not arrive within {limits.body_s:g} s"
            raise StoreError(209, "SOCKET_TIMEOUT", text) from None

    async def _read(self, http: web.Request, request: Request, limits: Limits | None) -> Job | None:
        """Read the request up to the data of an insert; None if it asks nothing."""
        most = None if limits is None else limits.body_bytes
        tables: list[ExternalTable] = []
        body = plain_body(http, framed=request.framed_body)
        if http.content_type == "multipart/form-data":
            tables, body = await (read_form(http, request, most) if most else read_form(http, request)), _nothing()
        query = request.options.get("query", "")
        if not query and request.method == "GET":
            return None
        bounds = () if limits is None else (limits.sql_bytes,)
        statement, first = await read_sql(query, body, *bounds)
        return Job(request, statement, tables, first, body)

    async def _run(self, http: web.Request, job: Job) -> web.StreamResponse:
        lease = Lease(self.engine, self.sessions, job.request, reads=self._limits is not None)
        try:
            kind = await self._kind(lease, job.statement)
            await self._prepare(lease, job, kind)
            if job.statement.data_at is not None:
                return await self._insert(lease, job)
            return await self._query(lease, job, kind, http)
        finally:
            await lease.release()

    async def _kind(self, lease: Lease, statement: Statement) -> str:
        """Return the class of the statement; the parser does not know an insert cut off from its data."""
        if statement.data_at is not None:
            return "MUTATING"
        return await lease.step(lease.connection.classify, statement.sql)

    async def _prepare(self, lease: Lease, job: Job, kind: str) -> None:
        """Refuse what is not allowed, then give the connection the request's database, settings and tables."""
        request, connection = job.request, lease.connection
        settings = request.settings(frozenset(table.name for table in job.tables))
        self._refuse(job, kind, settings)
        if job.statement.verb == "SET":
            settings = {}
        if self._limits is not None:
            settings = self._limits.clamped(settings)
        elif request.method == "GET" and not lease.in_session:
            settings["readonly"] = "2"
        await lease.step(connection.use, request.database)
        await lease.step(connection.apply, settings)
        for table in job.tables:
            await lease.step(table.create, connection, request.options)
        found, params = job.statement.tokens, request.params
        if self._limits is not None and may_touch_system(found, params, request.database):
            await lease.step(refuse_hidden, connection, job.statement.sql, found, params)

    def _refuse(self, job: Job, kind: str, settings: dict[str, str]) -> None:
        found, params = job.statement.tokens, job.request.params
        if self._limits is not None:
            readers.refuse_statement(found, kind)
            readers.refuse_functions(found, self.engine.table_functions, params)
            readers.refuse_settings(found, settings)
        elif job.request.method == "GET":
            refusals.refuse_write(found, kind)
        refusals.refuse_control(found, kind)
        refusals.refuse_doors(found, self.engine.table_functions, params)
        refuse_given_filter(settings)
        refusals.refuse_old_boot(found, settings, self.engine.boot)

    async def _insert(self, lease: Lease, job: Job) -> web.Response:
        await lease.step(lease.connection.bind, job.request.params)
        written = await insert(self.engine, lease, job.statement, job.first, job.body)
        await lease.release()
        counts = summary(written_rows=written.rows, written_bytes=written.size)
        return web.Response(headers=common_headers(self.engine, job.request) | {"X-ClickHouse-Summary": counts})

    async def _query(self, lease: Lease, job: Job, kind: str, http: web.Request) -> web.StreamResponse:
        statement, request = job.statement, job.request
        fmt = statement.format or request.format
        returns = kind in {"READ_ONLY", "UNKNOWN"} or statement.verb == "KILL"
        answer = Answer(self.engine, request, http, fmt if returns else None)
        sql = comment(lease.marker) + statement.sql
        try:
            if kind == "READ_ONLY" and statement.can_stream and fmt in _JOINING and not job.tables:
                await answer.stream(lease, lease.connection.stream(sql, fmt, request.params))
            else:
                await answer.send_result(lease, await self._whole(lease, job, kind, fmt))
        except StoreError as error:
            if not answer.begun:
                raise
            await lease.release()
            await answer.fail(error)
        return answer.response

    async def _whole(self, lease: Lease, job: Job, kind: str, fmt: str) -> object:
        """Run a statement to its end."""
        connection, statement = lease.connection, job.statement
        if kind == "MUTATING":
            self.engine.doubt(lease.marker)
        sql = comment(lease.marker) + statement.sql
        result: object = await lease.step(connection.run, sql, fmt, job.request.params)
        self.engine.trust(lease.marker)
        await lease.step(connection.adopt, statement)
        for table in job.tables:
            await lease.step(table.drop, connection)
        return result


async def _nothing() -> AsyncIterator[bytes]:
    nothing: tuple[bytes, ...] = ()
    for piece in nothing:
        yield piece
