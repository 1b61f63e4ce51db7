"""One of two platforms is gone at run time: the other one's customers notice nothing, what is meant for the one that is
gone waits, and /readyz names it. Back again, all of it is said once and nothing that was written there is missing."""

from pathlib import Path
from urllib.parse import urlsplit

from support.discord_desk import DiscordDesk, on_both
from support.processes import proxy
from support.whole_desk import ANN, BO, GLOBEX, TRIAGE, WholeDesk, desk_in, shown, world

from sandbox.discord import seed


async def _ill(desk: WholeDesk, part: str) -> bool:
    """Whether /readyz names that part and no other platform."""
    answer = await desk.http.get("/readyz")
    parts = answer.json()["parts"]
    chats = [name for name, found in parts.items() if " " in name and not found["ok"]]
    return answer.status_code == 503 and chats == [part] and bool(parts[part]["why"])


async def _well(desk: WholeDesk) -> bool:
    return (await desk.http.get("/readyz")).status_code == 200


async def test_F20_discord_is_gone_for_a_while(database_url: str, tmp_path: Path) -> None:
    async with world(tmp_path) as found, proxy(urlsplit(found.sandbox.base_url).port or 0) as network:
        environment = on_both(found) | {"DISCORD_API_URL": f"http://127.0.0.1:{network.port}/discord/api/v10"}
        async with desk_in(found, database_url, **environment) as desk:
            people = DiscordDesk(desk)
            root = await people.write(seed.KIM, seed.HELP, "Our export fails.")
            card = await desk.card(1, "Claim")
            await people.finds(root, "This is **T-1**")
            await desk.settled()

            network.refuse = True
            network.cut()
            await desk.until(lambda: _ill(desk, "discord community"), "Discord is named")
            await desk.press(BO, card, "Reply …")
            assert (await desk.submit(BO, text="We deploy a fix now.", then="resolve"))["ok"]
            found.sandbox.world.post(root, seed.KIM, "It fails for all of us.")
            asked = await desk.write(ANN, GLOBEX, "How do I pay?")
            await desk.finds(ANN, GLOBEX, "This is T-2", thread=asked)
            other = await desk.card(2, "Claim")
            await desk.press(BO, other, "Claim")
            await desk.finds(ANN, GLOBEX, "Bo Lind is on it", thread=asked)
            assert not any("We deploy a fix now." in shown_on_discord for shown_on_discord in _said(people, root))

            async def waits_alone() -> bool:
                query = "SELECT DISTINCT connection FROM outbox WHERE state NOT IN ('done', 'dead')"
                return [row[0] for row in await desk.rows(query)] == ["community"]

            await desk.until(waits_alone, "all that waits is for Discord")

            network.refuse = False
            await desk.until(lambda: _well(desk), "Discord is back")
            await people.finds(root, "We deploy a fix now.")
            await desk.finds(BO, TRIAGE, "It fails for all of us.", thread=card["ts"])
            await desk.settled()
            assert sum("We deploy a fix now." in said for said in _said(people, root)) == 1
            assert await desk.rows("SELECT 1 FROM outbox WHERE state = 'dead'") == []
            bodies = [row[0] for row in await desk.rows("SELECT body FROM message ORDER BY id")]
            assert bodies.count("It fails for all of us.") == 1


def _said(people: DiscordDesk, place: str) -> list[str]:
    return [str(message.blocks) for message in people.messages(place)]


async def test_F20_slack_is_gone_for_a_while(database_url: str, tmp_path: Path) -> None:
    async with world(tmp_path) as found, proxy(urlsplit(found.sandbox.base_url).port or 0) as network:
        environment = on_both(found) | {"SLACK_API_URL": f"http://127.0.0.1:{network.port}/slack/api/"}
        async with desk_in(found, database_url, **environment) as desk:
            people = DiscordDesk(desk)
            asked = await desk.write(ANN, GLOBEX, "How do I pay?")
            await desk.card(1, "Claim")
            await desk.settled()

            network.refuse = True
            network.cut()
            await desk.post("slack/socket", do="kill")
            await desk.until(lambda: _ill(desk, "slack main"), "Slack is named")
            root = await people.write(seed.KIM, seed.HELP, "Our export fails.")
            await people.finds(root, "This is **T-2**")
            found.sandbox.world.post(GLOBEX, ANN, "By invoice, I mean.", thread=asked)

            network.refuse = False
            await desk.until(lambda: _well(desk), "Slack is back")
            card = await desk.card(2, "Claim")
            await desk.finds(BO, TRIAGE, "Our export fails.", thread=card["ts"])
            first = await desk.card(1)
            await desk.finds(BO, TRIAGE, "By invoice, I mean.", thread=first["ts"])
            await desk.settled()
            cards = [m for m in await desk.sees(BO, TRIAGE) if m["text"].startswith(("T-1 ", "T-2 "))]
            assert len(cards) == 2, [shown(one) for one in cards]
            assert await desk.rows("SELECT 1 FROM outbox WHERE state = 'dead'") == []
