"""`deskhand run` and `deskhand sandbox`."""

import asyncio

from typer import Exit


def run() -> None:
    """Run the desk until it is told to stop. Without tokens it runs on the sandbox, in the browser."""
    from bot import logs, settings

    environment = settings.load()
    if environment.uses_sandbox:
        sandbox()
        return
    # Everything that can be wrong is told before what takes its time to load.
    from bot import deskfile
    from core.store.engine import sqlite_path
    from core.store.lock import DeskRuns, running_desk

    policy = deskfile.load(environment.config)
    url = environment.database_url.get_secret_value()
    path, holder = sqlite_path(url), running_desk(url)
    if path and holder:
        raise DeskRuns(path, holder)
    from bot import preflight

    preflight.try_tokens(environment, policy, first=path is not None and not path.exists())
    from bot.app import serve

    logs.configure(environment)
    raise Exit(asyncio.run(serve(environment, policy)))


def sandbox() -> None:
    """Run the desk on the sandbox. Whatever tokens are set: this is a Slack workspace and a Discord server in the
    browser, nothing real."""
    from bot import logs, settings

    environment = settings.load()
    from bot.sandboxed import run_on_sandbox

    logs.configure(environment)
    raise Exit(asyncio.run(run_on_sandbox(environment)))
