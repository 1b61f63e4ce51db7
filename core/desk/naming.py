"""What places are called for people: by their names, never by ids."""

from sqlalchemy.engine import Connection

from core.language.text import ChannelLink
from core.language.wording import Voice
from core.store import queries


def channel_link(connection: Connection, voice: Voice, on: str, channel: str) -> ChannelLink:
    """A link to a channel of the connection `on`. Where its platform has not told its name, neutral words stand for it
    wherever the link itself cannot be drawn (a notification, another platform)."""
    name = queries.channel_name(connection, on, channel)
    return ChannelLink(on, channel, name or voice.say("a_channel"), is_named=name is not None)
