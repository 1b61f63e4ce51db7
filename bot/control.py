"""The running desk's local socket: what an operator does on the command line reaches the desk that holds the SQLite
file. Whoever may open the socket's file may do all of it, so it is its owner's alone."""

import contextlib
import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.folders import SOCKET
from bot.http import serving
from bot.logs import correlated
from core.desk import operating
from core.desk.desk import Desk
from core.language.errors import BadConfig, Refused
from core.store import receipts
from core.store.engine import DatabaseDown, Store

log = structlog.get_logger(__name__)

# The longest address of a socket, in bytes, on the systems that we know (104 on macOS, 108 on Linux, with the NUL).
_LONGEST = 103


def socket_file(data: Path) -> Path:
    """Where a desk with this data folder listens."""
    return data / SOCKET


def control_app(store: Store, desk: Desk) -> Starlette:
    """Answers with what was done, or with `{"error": {"code", "message", "hint"}}` and a status that is not 200."""

    async def status(request: Request) -> dict[str, Any]:
        return {"pid": os.getpid(), "healthy": store.healthy, "last_error": store.last_error}

    async def retry(request: Request) -> dict[str, Any]:
        letter = request.path_params["id"]
        await store.transact(lambda tx: operating.retry(tx, letter))
        return {"id": letter, "state": "pending"}

    async def drop(request: Request) -> dict[str, Any]:
        letter = request.path_params["id"]
        await store.transact(lambda tx: operating.drop(tx, letter))
        return {"id": letter, "state": "dropped"}

    async def replay(request: Request) -> dict[str, Any]:
        event = request.path_params["id"]
        await store.read(lambda connection: operating.find_quarantined(connection, event))
        await desk.handle_aside(event)
        after = await store.read(lambda connection: receipts.find(connection, event))
        if after is not None and after.state == "quarantined":
            raise Refused("failed_again", event=event, error=after.error)
        return {"id": event, "state": after.state if after else "handled"}

    async def discard(request: Request) -> dict[str, Any]:
        event = request.path_params["id"]
        await store.transact(lambda tx: operating.discard(tx, event))
        return {"id": event, "state": "discarded"}

    return Starlette(
        routes=[
            Route("/status", _answering(status), methods=["GET"]),
            Route("/dead-letters/{id:int}/retry", _answering(retry), methods=["POST"]),
            Route("/dead-letters/{id:int}/drop", _answering(drop), methods=["POST"]),
            Route("/quarantine/{id:int}/replay", _answering(replay), methods=["POST"]),
            Route("/quarantine/{id:int}/discard", _answering(discard), methods=["POST"]),
        ],
        exception_handlers={HTTPException: _no_such_thing},
    )


def _answering(work: Callable[[Request], Awaitable[dict[str, Any]]]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        with correlated(f"operator-{secrets.token_hex(4)}"):
            try:
                done = await work(request)
            except Refused as refusal:
                return _error(409, refusal.code, refusal.message, refusal.hint)
            except DatabaseDown as error:
                return _error(503, "database_down", str(error), "Nothing was changed. Try again when it works.")
            except Exception:
                log.exception("operator_request_failed", path=request.url.path)
                return _error(500, "unexpected", "That did not work.", "The desk's log has the error.")
            if request.method == "POST":
                log.info("operator_request", path=request.url.path, **done)
            return JSONResponse(done)

    return answer


async def _no_such_thing(request: Request, error: Exception) -> Response:
    return _error(404, "no_such_request", f"The desk knows no {request.method} {request.url.path}.", "")


def _error(status: int, code: str, message: str, hint: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message, "hint": hint}}, status_code=status)


@contextlib.asynccontextmanager
async def serve_control(path: Path, app: Starlette) -> AsyncIterator[None]:
    """Serves on the socket file while open, and takes the file away at the end. What a killed desk left is replaced.
    Raises BadConfig when another desk answers there: it has the same data folder."""
    listener = _bind(path)
    try:
        async with serving(app, listener):
            yield
    finally:
        _take_away(path)


def _take_away(path: Path) -> None:
    path.unlink(missing_ok=True)


def _bind(path: Path) -> socket.socket:
    path.parent.mkdir(parents=True, exist_ok=True)
    with address(path) as name, contextlib.ExitStack() as undo:
        refuse_second(path)
        path.unlink(missing_ok=True)
        listener = undo.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        # No moment at which others could open it.
        before = os.umask(0o177)
        try:
            listener.bind(name)
        except OSError as error:
            raise BadConfig([f"DESKHAND_DATA: cannot make the socket {path} ({error.strerror or error})"]) from error
        finally:
            os.umask(before)
        listener.listen()
        listener.setblocking(False)
        undo.pop_all()
        return listener


def refuse_second(path: Path) -> None:
    """Raises BadConfig when a desk answers at the socket file."""
    with address(path) as name:
        if answers(name):
            raise BadConfig(
                [f"DESKHAND_DATA: another desk runs with the data folder {path.parent}; give each desk its own folder"]
            )


def answers(name: str) -> bool:
    """Whether anybody listens at a socket's address."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(name)
        except OSError:
            return False
        return True


@contextlib.contextmanager
def address(path: Path) -> Iterator[str]:
    """The path as sockets take it: of at most about a hundred bytes. Valid while open."""
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
