"""The same writes without the desk: the statements that it sent, in plain loops over the driver."""

import sqlite3
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import psycopg

from bench.statements import Unit
from core.store.sqlite_writer import WRITING

# As many as the desk writes on.
CONNECTIONS = 8


def sqlite(path: Path, units: Sequence[Unit]) -> float:
    """Seconds. One connection with the desk's pragmas, one transaction a unit."""
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
    try:
        for pragma in WRITING:
            connection.execute(f"PRAGMA {pragma}")
        begun = time.perf_counter()
        for unit in units:
            connection.execute("BEGIN IMMEDIATE")
            for statement in unit.writes:
                if statement.many:
                    connection.executemany(statement.sql, statement.parameters)
                else:
                    connection.execute(statement.sql, statement.parameters)
            connection.execute("COMMIT")
        return time.perf_counter() - begun
    finally:
        connection.close()


def postgres(url: str, units: Sequence[Unit]) -> float:
    """Seconds. A thread for each of the connections, one transaction a unit, the units of a lane in their order."""
    shares: list[list[Unit]] = [[] for _ in range(CONNECTIONS)]
    for unit in units:
        shares[unit.lane % CONNECTIONS].append(unit)
    together = Barrier(CONNECTIONS + 1)

    def write(share: list[Unit]) -> None:
        with psycopg.connect(url) as connection, connection.cursor() as cursor:
            together.wait()
            for unit in share:
                for statement in unit.writes:
                    if statement.many:
                        cursor.executemany(statement.sql, statement.parameters)
                    else:
                        cursor.execute(statement.sql, statement.parameters)
                connection.commit()

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        running = [pool.submit(write, share) for share in shares]
        together.wait()
        begun = time.perf_counter()
        for one in running:
            one.result()
        return time.perf_counter() - begun
