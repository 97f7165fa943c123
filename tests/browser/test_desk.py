"""What a staff member does, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.browser.conftest import Serving
from tests.browser.test_pages import PLAIN, ask, pytestmark
from tests.front import PASSWORD

__all__ = ["pytestmark"]
Visit = Callable[..., Any]


def logged_in(visit: Visit, serving: Serving, name: str = "李四", **how: Any) -> Any:
    if all(person.name != name for person in serving.site.users.all()):
        serving.site.users.add(name, "staff", PASSWORD)
    page = visit("/staff/", **how)
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.locator("[data-row]").first.wait_for()
    return page


def asked(visit: Visit) -> str:
    return ask(visit(), PLAIN).locator(".record b").inner_text()


def test_what_was_just_asked_is_found_opened_and_signed_in_three_clicks(visit: Visit, serving: Serving) -> None:
    number = asked(visit)
    page = logged_in(visit, serving)
    page.locator("[data-row]").first.click()
    page.locator("[data-open]").first.click()
    page.frame_locator("#opened iframe").locator("#quote").wait_for()
    with page.expect_navigation():
        page.locator(".signing [value=right]").first.click()
    record = serving.site.records.get(number)
    assert record and record.verdict == "right" and not page.failures
