"""How long a program may take to say that it does not start: as long as a person waits, on this machine.

It is held to processor time, because other tests keep the machine busy, and to what the same machine needs at that
moment for loading the libraries that it cannot do without: a machine of half the speed gets twice the time. What is
loaded too early (a platform's SDK, the model's client) still shows.
"""

import functools
import resource
import subprocess
import sys

SECONDS = 2.0
# What loading these takes where the two seconds hold.
_LIBRARIES, _LOADED_IN = "typer, pydantic_settings, ruamel.yaml, sqlalchemy, httpx2", 0.5


def worked() -> float:
    """Processor seconds of the programs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@functools.cache
def slowness() -> float:
    """How many times longer than there this machine takes; 1 where it is faster."""
    began = worked()
    subprocess.run([sys.executable, "-c", f"import {_LIBRARIES}"], check=True, timeout=60)
    return max(1.0, (worked() - began) / _LOADED_IN)


def limit() -> float:
    return SECONDS * slowness()
