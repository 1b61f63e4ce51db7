"""Whose somebody is who writes or asks in an account's channel."""

from core.desk import telling
from core.desk.unit import Unit
from core.language.facts import Person
from core.language.places import Place
from core.language.policy import Account
from core.store import directory


def present(unit: Unit, person: Person, channel: Place) -> Person:
    """Somebody who writes or asks in an account's channel is of that account, unless they are of another, of the desk
    or of an organisation that the account is not known to be. A reaction or a press is too slight a thing for that.

    The team hears once of a stranger's organisation; what they ask is taken all the same, for no account.
    """
    owned = unit.policy.channel.get(channel.parent)
    if owned is None or person.account or person.is_agent:
        return person
    account = owned[0]
    home = strange_home(unit, person, channel.connection, account)
    if home is None:
        return unit.join_account(person, account.id)
    team = unit.policy.team_for(account)
    if team:
        telling.team_once(
            unit,
            team.triage,
            f"stranger/{channel.connection}/{account.id}/{home}",
            "stranger",
            unit.now,
            account=account.name,
            organisation=home,
            channel=unit.channel_link(channel.connection, channel.channel),
        )
    return person


def account_of(unit: Unit, channel: Place, person: Person) -> Account | None:
    """For which account somebody asks in a customers' channel; None for a stranger, or where it is nobody's."""
    owned = unit.policy.channel.get(channel.parent)
    if owned is None:
        return None
    is_known = person.account or person.is_agent
    return owned[0] if is_known or strange_home(unit, person, channel.connection, owned[0]) is None else None


def strange_home(unit: Unit, person: Person, connection: str, account: Account) -> str | None:
    """The organisation of somebody who is of no account yet, when the account is known by others: by those that
    desk.yaml names, else by those of its people. None where the platform knows no organisations."""
    home = directory.home(unit.tx.connection, person.id, connection)
    if home is None:
        return None
    known = account.organisations or directory.homes_of(unit.tx.connection, account.id, connection)
    return home if known and home not in known else None
