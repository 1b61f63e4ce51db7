"""The desk's own HTTP server: uvicorn without its signal handlers, on a socket that is bound before anything else
starts, so that a taken port is found at once."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp

from core.language.errors import BadConfig

_STOP_SECONDS = 5


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # The desk stops everything in its own order.
        yield


def bind(host: str, port: int, *, variable: str = "PORT") -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises BadConfig when the port is taken or not ours to take, and for
    an address that this machine does not have."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's delay off only for sockets that say they are TCP; with it an answer can wait 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
        return listener
    except (OSError, UnicodeError) as error:
        listener.close()
        cannot = f"cannot listen on {host}:{port} ({getattr(error, 'strerror', None) or error})"
        # A name that nobody knows, or cannot be one, has no errno.
        if isinstance(error, UnicodeError | socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            problem = f"HOST: {cannot}; write 127.0.0.1, another address of this machine, or 0.0.0.0 for all"
        elif error.errno == errno.EACCES:
            problem = f"{variable}: {cannot}; choose one from 1024 on, those below belong to root"
        else:
            problem = f"{variable}: {cannot}; choose another {variable}"
        raise BadConfig([problem]) from error


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    """Serve while open; what is in flight at the end has a few seconds to finish."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await task
        listener.close()
