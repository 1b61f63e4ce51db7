"""`deskhand …`, also as `python -m bot …`."""

# ruff: noqa: E402 (what comes before has to)

from bot import memory

memory.load()

from importlib.metadata import version
from typing import Annotated

from typer import Option, Typer, echo

from bot.cli import install, running, stuck, tickets
from bot.cli.errors import Commands

app = Typer(
    name="deskhand",
    cls=Commands,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="A support desk in Slack and Discord. Settings come from the environment, the desk's policy from desk.yaml;"
    " docs/command-line.md describes every command.",
)


def _version(wanted: bool) -> None:
    from typer import Exit

    if wanted:
        echo(f"deskhand {version('deskhand')}")
        raise Exit


@app.callback()
def _root(
    shown: Annotated[
        bool, Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None: ...


app.command("run")(running.run)
app.command("sandbox")(running.sandbox)
app.command("check")(install.check)
app.command("doctor")(install.doctor)
app.command("manifest")(install.manifest)
app.command("migrate")(install.migrate)
app.add_typer(tickets.app, name="tickets")
app.command("why")(tickets.why)
app.add_typer(stuck.dead_letters, name="dead-letters")
app.add_typer(stuck.quarantine, name="quarantine")


def main() -> None:
    app(prog_name="deskhand")


if __name__ == "__main__":
    main()
