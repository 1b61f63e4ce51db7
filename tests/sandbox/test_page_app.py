"""What people do with the app on the page reaches it over real sockets, and what it answers is seen by who did it."""

from typing import Any

import pytest
from playwright.async_api import expect
from support.page import Pages
from support.processes import until
from support.stand_in import StandIn

from sandbox.app import Sandbox

pytest_plugins = ["support.browser", "support.page_fixtures"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def card_in_triage(sandbox: Sandbox, desk: StandIn) -> str:
    """A question of Ann's, and the ts of the card that the stand-in made of it."""
    sandbox.world.post("C0GLOBEX", "U0ANN", "Hello, our export fails with `error 502`.")
    await until(lambda: 12 in desk.cards)
    return desk.cards[12][2]


async def test_a_button_reaches_the_app_and_both_sides_change(
    page_sandbox: Sandbox, page_desk: StandIn, pages: Pages
) -> None:
    await card_in_triage(page_sandbox, page_desk)
    bo = await pages.open("U0BO")
    await bo.open_thread(bo.message("T-12"))
    await bo.customer_view()
    await expect(bo.message("Thanks, Ann.", "pane")).to_be_visible()
    await bo.press("Claim")
    await expect(bo.message("T-12")).to_contain_text("Bo Lind")
    await expect(bo.message("Bo Lind is on it.", "pane")).to_be_visible()
    assert page_desk.pressed == [("U0BO", "claim", "12")]
    assert await bo.page.get_by_role("button", name="Claim", exact=True).count() == 0


async def test_menus_selects_and_confirmations(page_sandbox: Sandbox, page_desk: StandIn, pages: Pages) -> None:
    await card_in_triage(page_sandbox, page_desk)
    ida = await pages.open("U0IDA")
    card = ida.message("T-12")
    await ida.overflow("Snooze …", card)
    await until(lambda: ("U0IDA", "more", "snooze …") in page_desk.pressed)
    await card.get_by_label("Priority").select_option(label="High")
    await expect(ida.message("Only visible to you")).to_contain_text("Priority is high now.")
    await ida.press("Resolve", within=card)
    sure = ida.page.get_by_role("dialog", name="Resolve it?")
    await expect(sure).to_contain_text("The customer is told.")
    await sure.get_by_role("button", name="Not yet").click()
    await ida.press("Resolve", within=card)
    await sure.get_by_role("button", name="Resolve").click()
    await until(lambda: ("U0IDA", "resolve", "12") in page_desk.pressed)
    assert [one for one in page_desk.pressed if one[1] == "resolve"] == [("U0IDA", "resolve", "12")]


async def test_a_form_with_errors_suggestions_update_and_push(
    page_sandbox: Sandbox, page_desk: StandIn, pages: Pages
) -> None:
    await card_in_triage(page_sandbox, page_desk)
    bo = await pages.open("U0BO")
    ida = await pages.open("U0IDA")
    await bo.press("Reply …")
    await expect(bo.page.get_by_role("dialog", name="Reply to Ann Weber")).to_be_visible()
    await expect(bo.dialog).to_contain_text("Goes to #globex-shared")
    await expect(bo.dialog.get_by_label("Your answer")).to_be_focused()
    await ida.no_dialog()

    await bo.submit()
    assert len(await bo.form_errors()) == 1
    await bo.fill({"Your answer": "short", "Then": "Wait"})
    await bo.submit()
    error = bo.dialog.get_by_role("alert")
    await expect(error).to_have_text("Write a whole sentence.")
    answer = bo.dialog.get_by_label("Your answer")
    await expect(answer).to_be_focused()
    assert (await error.get_attribute("id") or "?") in (await answer.get_attribute("aria-describedby") or "")
    await expect(answer).to_have_value("short")

    await bo.fill({"Your answer": "push"})
    await bo.submit()
    await expect(bo.page.get_by_role("dialog", name="Pushed")).to_be_visible()
    await bo.dialog.get_by_role("button", name="Back").click()
    await expect(bo.page.get_by_role("dialog", name="Reply to Ann Weber")).to_be_visible()

    await bo.fill({"Your answer": "It works again.", "Then": "Wait", "Similar ticket": "Export"})
    await bo.submit()
    await bo.no_dialog()
    sent = await until(lambda: next((one for one in page_desk.pressed if one[1] == "reply form"), None))
    assert entered(sent[2]) == {"text": "It works again.", "then": "wait", "similar": "t-7 export"}

    await bo.press("Reply …")
    await bo.fill({"Your answer": "update"})
    await bo.submit()
    await expect(bo.page.get_by_role("dialog", name="Updated")).to_be_visible()
    await bo.page.keyboard.press("Escape")
    await bo.no_dialog()
    assert page_sandbox.world.forms_of("U0BO") == []


def entered(values: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Action id -> what was entered, of a form's state."""
    found = {}
    for fields in values.values():
        for action, field in fields.items():
            option = field.get("selected_option")
            found[action] = option["value"] if option else field.get("value")
    return found


async def test_slash_commands_complete_and_run(page_sandbox: Sandbox, page_desk: StandIn, pages: Pages) -> None:
    bo = await pages.open("U0BO")
    box = bo.composer()
    await box.press_sequentially("/t")
    options = bo.page.get_by_role("option")
    await expect(options.first).to_contain_text("Work with tickets")
    await box.press("Tab")
    await expect(box).to_have_value("/ticket ")
    await expect(options).to_have_count(3)
    await box.press("ArrowDown")
    await box.press("Enter")
    await expect(box).to_have_value("/ticket assign ")
    await expect(bo.page.locator(".suggestions-title")).to_contain_text("assign [number] <agent>")
    await box.press_sequentially("12 id")
    await expect(options).to_have_count(1)
    await box.press("Tab")
    await expect(box).to_have_value("/ticket assign 12 @Ida Sand ")
    await box.press("Enter")
    await expect(bo.message("Only visible to you")).to_contain_text("You asked: assign 12 @Ida Sand")
    assert page_desk.pressed == [("U0BO", "/ticket", "assign 12 @Ida Sand")]

    await box.press_sequentially("/ticket priority 12 ")
    await expect(options).to_have_count(4)
    await box.press_sequentially("h")
    await expect(options).to_have_text(["high"])
    await box.fill("")
    await box.press_sequentially("/ticket priority ")
    await expect(options).to_have_count(4)
    await box.press("Escape")
    await expect(options).to_have_count(0)
    await expect(box).to_have_value("/ticket priority ")
    await box.fill("/nonsense")
    await box.press("Enter")
    await expect(bo.message("Only visible to you")).to_contain_text("/nonsense is not a valid command.")

    ann = await pages.open("U0ANN")
    await ann.composer().press_sequentially("/")
    await expect(ann.page.locator(".suggestions")).to_have_count(0)


async def test_shortcuts_and_the_apps_own_page(page_sandbox: Sandbox, page_desk: StandIn, pages: Pages) -> None:
    page_sandbox.world.post("C0GLOBEX", "U0ANN", "By the way, the invoice is wrong.")
    bo = await pages.open("U0BO", "C0GLOBEX")
    await bo.menu(bo.message("the invoice is wrong"), "Open ticket")
    await until(lambda: ("U0BO", "open_ticket", "By the way, the invoice is wrong.") in page_desk.pressed)
    await bo.page.locator(".place", has_text="Desk").click()
    await expect(bo.page.get_by_role("heading", name="Your tickets")).to_be_visible()
    await expect(bo.page.get_by_role("region", name="Desk, home")).to_contain_text("Nothing is open for @Bo Lind.")
    await bo.page.get_by_role("region", name="Desk, home").get_by_role("button", name="Ask for help").click()
    await until(lambda: ("U0BO", "home-button", "x") in page_desk.pressed)
    await bo.page.get_by_role("tab", name="Messages").click()
    await bo.write("Hello Desk")
    await expect(bo.message("Hello Desk")).to_be_visible()


async def test_an_app_that_does_not_answer_is_said_beside_the_button(page_sandbox: Sandbox, pages: Pages) -> None:
    button = {"type": "button", "action_id": "claim", "text": {"type": "plain_text", "text": "Claim"}}
    blocks = [{"type": "actions", "block_id": "a", "elements": [button]}]
    page_sandbox.world.post("C0TRIAGE", "U0DESK", "T-1", blocks=blocks)
    bo = await pages.open("U0BO")
    ida = await pages.open("U0IDA")
    await expect(bo.page.locator("[data-banner=desk]")).to_contain_text("The desk is not connected")
    await bo.press("Claim")
    await expect(bo.newest().get_by_role("alert")).to_be_visible()
    assert await ida.page.get_by_role("alert").count() == 0


async def test_the_guide_works_in_three_clicks(page_desk: StandIn, pages: Pages) -> None:
    page = await pages.open()
    await page.guide("Ask for help")
    await expect(page.page.locator("[data-person=U0ANN]")).to_have_attribute("aria-pressed", "true")
    await expect(page.message("Thanks, Ann.", "pane")).to_be_visible()
    await page.guide("Claim it")
    await expect(page.page.locator("[data-person=U0BO]")).to_have_attribute("aria-pressed", "true")
    await expect(page.page.get_by_role("tab", name="What Ann sees")).to_have_attribute("aria-selected", "true")
    await expect(page.message("Bo Lind is on it.", "pane")).to_be_visible()
    before = await page.clock()
    await page.guide("Let time pass")
    await expect(page.page.locator(".clock-now")).not_to_have_text(before)
    await page.page.get_by_role("button", name="Start over").click()
    await page.page.get_by_role("dialog").get_by_role("button", name="Start over").click()
    await expect(page.page.locator(".guide-done")).to_have_count(0)
    await expect(page.page.locator("main .message", has_text="T-12")).to_have_count(0)
