"""Where things are: people, channels, threads and messages, as a platform names them.

Every id is the platform's own and stays opaque here; a pair (connection, id) is what makes it unique,
because two workspaces may use the same id.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as one connection knows them."""

    connection: str
    user: str

    def __str__(self) -> str:
        return f"{self.connection}:{self.user}"


@dataclass(frozen=True, slots=True)
class Place:
    """A channel, or a thread in it. `thread` is the id of the message that the thread hangs on."""

    connection: str
    channel: str
    thread: str | None = None

    @property
    def parent(self) -> "Place":
        return Place(self.connection, self.channel)


@dataclass(frozen=True, slots=True)
class MessageRef:
    """One message on a platform. `thread` is None for a message at the top level of its channel."""

    connection: str
    channel: str
    message: str
    thread: str | None = None

    @property
    def place(self) -> Place:
        return Place(self.connection, self.channel, self.thread)

    @property
    def as_root(self) -> Place:
        """The thread that hangs, or would hang, on this message."""
        return Place(self.connection, self.channel, self.thread or self.message)
