"""What a staff member does, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.browser.conftest import Serving, clicks
from tests.browser.test_pages import PLAIN, ask, pytestmark
from tests.front import PASSWORD
from web.staff.ledger import Ledger

__all__ = ["pytestmark"]
Visit = Callable[..., Any]


def at_the_door(visit: Visit, serving: Serving, name: str = "李四") -> Any:
    """The log-in page, filled in with keys alone: its first field has the focus."""
    if all(person.name != name for person in serving.site.users.all()):
        serving.site.users.add(name, "staff", PASSWORD)
    page = visit("/staff/")
    page.wait_for_function("document.activeElement.id === 'name'")
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    return page


def asked(visit: Visit) -> str:
    return ask(visit(), PLAIN).locator(".record b").inner_text()


def test_what_was_just_asked_is_found_opened_and_signed_in_five_clicks_logging_in_included(
    visit: Visit, serving: Serving
) -> None:
    number = asked(visit)
    page = at_the_door(visit, serving)
    page.get_by_role("button", name="登录").click()
    page.locator("[data-row]").first.click()
    page.locator("[data-open]").first.click()
    page.frame_locator("#opened iframe").locator("#quote").wait_for()
    with page.expect_navigation():
        page.locator(".signing [value=right]").first.click()
    record = serving.site.records.get(number)
    assert record and record.verdict == "right" and not page.failures
    assert 3 <= clicks(page) <= 5


def test_the_same_is_done_with_keys_alone(visit: Visit, serving: Serving) -> None:
    number = asked(visit)
    page = at_the_door(visit, serving)
    page.keyboard.press("Enter")
    page.locator("[data-row]").first.wait_for()
    page.wait_for_load_state("load")
    page.keyboard.press("j")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    page.locator(".signing").wait_for()
    page.wait_for_load_state("load")
    page.keyboard.press("o")
    page.frame_locator("#opened iframe").locator("#quote").wait_for()
    page.keyboard.press("Escape")
    with page.expect_navigation():
        page.keyboard.press("1")
    record = serving.site.records.get(number)
    assert record and record.verdict == "right" and not page.failures and clicks(page) == 0


def test_wrong_with_a_reason_is_signed_with_keys_alone(visit: Visit, serving: Serving) -> None:
    number = asked(visit)
    page = at_the_door(visit, serving)
    page.keyboard.press("Enter")
    page.locator("[data-row]").first.wait_for()
    page.wait_for_load_state("load")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator(".signing").wait_for()
    page.wait_for_load_state("load")
    page.keyboard.press("2")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("少了一句")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    [review] = Ledger(serving.site.records.database).reviews(number)
    assert review.verdict == "wrong" and review.reason == "引用不对：少了一句" and clicks(page) == 0
