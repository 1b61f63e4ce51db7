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

    policy = deskfile.load(environment.config)
    from bot import preflight

    channels = preflight.look(environment, policy)
    from bot.app import serve

    logs.configure(environment)
    raise Exit(asyncio.run(serve(environment, policy, channels)))


def sandbox() -> None:
    """Run the desk on the sandbox. Whatever tokens are set: this is a Slack workspace and a Discord server in the
    browser, nothing real."""
    from bot import logs, settings

    environment = settings.load()
    from bot.sandboxed import run_on_sandbox

    logs.configure(environment)
    raise Exit(asyncio.run(run_on_sandbox(environment)))
