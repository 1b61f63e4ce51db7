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
    from bot import deskfile
    from bot.app import serve

    logs.configure(environment)
    policy = deskfile.load(environment.config)
    outcome = asyncio.run(serve(environment, policy))
    raise Exit(int(outcome))


def sandbox() -> None:
    """Run the desk on the sandbox. Whatever tokens are set: this is a Slack workspace in the browser, nothing real."""
    from bot import logs, settings

    environment = settings.load()
    logs.configure(environment)
    from bot.sandboxed import run_on_sandbox

    raise Exit(asyncio.run(run_on_sandbox(environment)))
