"""What a staff member does, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import DARK, LIGHT, Serving
from tests.browser.test_pages import PLAIN, ask, axe, pytestmark, sideways, violations
from tests.front import PASSWORD

__all__ = ["axe", "pytestmark"]
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


def test_the_same_is_done_with_keys_alone(visit: Visit, serving: Serving) -> None:
    number = asked(visit)
    page = logged_in(visit, serving)
    page.wait_for_load_state("load")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator(".signing").wait_for()
    page.keyboard.press("o")
    page.frame_locator("#opened iframe").locator("#quote").wait_for()
    page.keyboard.press("Escape")
    with page.expect_navigation():
        page.keyboard.press("1")
    record = serving.site.records.get(number)
    assert record and record.verdict == "right" and not page.failures


@pytest.mark.parametrize("width", [1280, 820])
@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_queue_and_record_are_accessible_and_fit(
    visit: Visit, serving: Serving, axe: str, shot: Callable[[Any, str], None], width: int, scheme: str
) -> None:
    number = asked(visit)
    wrong: list[str] = []
    login = visit("/staff/", width=width, scheme=scheme)
    desk = logged_in(visit, serving, width=width, scheme=scheme)
    for name, page, path in [
        ("login", login, ""),
        ("queue", desk, ""),
        ("record", desk, f"/staff/records/{number}?now=1"),
    ]:
        if path:
            page.goto(serving.url + path)
        page.wait_for_timeout(250)
        shot(page, f"desk-{name}-{width}-{scheme}")
        wrong += [f"{name}: {found}" for found in violations(page, axe)]
        if sideways(page):
            wrong.append(f"{name}: {sideways(page)} px sideways")
    assert not wrong, "\n".join(wrong)
