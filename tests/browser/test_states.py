"""Every page and state of the desks fits, can be read, and can be pressed: desktop, tablet and phone, light and dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import DARK, LIGHT
from tests.browser.states import Stage, log_in, maintain, staff, staged, still
from tests.browser.test_pages import axe, pytestmark, sideways, violations

__all__ = ["axe", "pytestmark"]
SIZES = [(1280, 860), (820, 1180), (390, 844)]
SMALL = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary, label:has(input)')].filter(e => {
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  if (!e.checkVisibility({visibilityProperty: true}) || box.width === 0 || e.closest('.away, .skip') || e.type === 'checkbox' || e.type === 'radio') return false;
  const said = e.closest('p, li, dd, td, span.what')?.textContent.trim() ?? '';
  if (style.display === 'inline' && said.length > e.textContent.trim().length) return false;  // a link in a sentence
  return box.height < 43.5 || box.width < 43.5;
}).map(e => `${e.tagName} ${e.className} ${Math.round(e.getBoundingClientRect().width)}x${Math.round(e.getBoundingClientRect().height)} ${e.textContent.trim().slice(0, 30)}`)"""
BROKEN = """() => [...document.querySelectorAll('.chip, .tag, .tick, .solid, .quiet, kbd, summary.chip, nav a, th')].filter(e => {
  if (!e.checkVisibility() || e.closest('.away')) return false;
  const range = document.createRange(); range.selectNodeContents(e);
  const rows = [...range.getClientRects()].filter(r => r.width > 1 && r.height > 8).sort((a, b) => a.top - b.top);
  return rows.some((r, n) => n && r.top > rows[n - 1].bottom - 4);
}).map(e => `${e.tagName} ${e.className} ${e.textContent.trim().replace(/\\s+/g, ' ').slice(0, 40)}`)"""
CUT = """() => [...document.querySelectorAll('main *')].filter(e => e.checkVisibility() && getComputedStyle(e).overflowX === 'visible'
  && getComputedStyle(e).display !== 'inline' && !e.closest('svg, .away') && e.scrollWidth > e.clientWidth + 2 && e.clientWidth > 0)
  .map(e => `${e.tagName} ${e.className} ${e.scrollWidth}>${e.clientWidth}`)"""
CHINESE = """() => { const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) { const at = walk.currentNode, e = at.parentElement;
    if (/[\\u4e00-\\u9fff]/.test(at.data) && !e.closest('[lang|=zh], [role=alert], script, style, .page-top > a, .who, option') && !/王芳|李四/.test(at.data) && e.checkVisibility()) found.push(at.data.trim().slice(0, 60)); }
  return found; }"""


def examined(page: Any, axe: str, shot: Callable[..., None], name: str) -> list[str]:
    """What is wrong with this state in any form; the state stays as it is."""
    wrong: list[str] = []
    for scheme in (LIGHT, DARK):
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            shot(page, f"{name}-{width}-{scheme}", whole=True)
            found = violations(page, axe)
            if scheme == LIGHT:
                found += [f"cut: {what}" for what in page.evaluate(CUT)]
                found += [f"broken over lines: {what}" for what in page.evaluate(BROKEN)]
                if sideways(page):
                    found.append(f"{sideways(page)} px sideways")
                if width == 390:
                    found += [f"small: {what}" for what in page.evaluate(SMALL)]
            wrong += [f"{name} {width} {scheme}: {what}" for what in found]
    page.set_viewport_size({"width": 1280, "height": 860})
    return wrong


@pytest.fixture
def stage(visit: Callable[..., Any], build: Any, tmp_path: Path) -> Iterator[Stage]:
    with staged(visit, build, tmp_path) as stage:
        yield stage


@pytest.mark.parametrize("walk", [staff, maintain])
def test_every_state_fits_is_accessible_and_can_be_pressed(
    walk: Callable[[Stage], Iterator[str]], stage: Stage, visit: Callable[..., Any], axe: str, shot: Callable[..., None]  # noqa: F811
) -> None:  # fmt: skip
    wrong: list[str] = []
    english = visit(stage.url + "/staff/", at=stage, locale="en-GB")
    log_in(english)
    with still(english):
        for name in walk(stage):
            wrong += examined(stage.page, axe, shot, name)
            english.goto(stage.page.url)
            wrong += [f"{name} in English: {said}" for said in english.evaluate(CHINESE)]
    assert not stage.page.failures and not stage.page.elsewhere
    assert not wrong, "\n".join(wrong)
