"""What a visitor does, in a real browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import DARK, LIGHT, Serving

pytestmark = [
    pytest.mark.browser,
    # Gradio's and playwright's own threads and loops are theirs to close.
    pytest.mark.filterwarnings(
        "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning", "ignore::DeprecationWarning"
    ),
]

LIST, PLAIN, UNKNOWN = "业务范围有哪些？", "宗旨是什么？", "会费多少钱？"
Visit = Callable[..., Any]


def ask(page: Any, question: str) -> Any:
    """The turn with the answer to this question."""
    before = page.locator(".turn").count()
    page.fill("#box textarea", question)
    page.press("#box textarea", "Enter")
    return answered(page, before)


def answered(page: Any, before: int) -> Any:
    page.wait_for_function(
        "n => document.querySelectorAll('.turn').length > n && document.querySelector('.turn:last-child .said:not(.waiting)')",
        arg=before,
    )
    return page.locator(".turn").last


def sideways(page: Any) -> int:
    """How many pixels the page can be pushed sideways."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


# --- asking and reading ----------------------------------------------------------------------------------------------


def test_a_visitor_asks_and_sees_where_the_answer_stands(visit: Visit) -> None:
    page = visit()
    turn = ask(page, PLAIN)
    assert "服务会员" in turn.locator(".text").first.inner_text()
    turn.locator(".cite").first.click()
    card = turn.locator(".source.on")
    assert card.count() == 1 and "宗旨" in card.inner_text()
    assert page.evaluate("document.activeElement.className").startswith("source")
    turn.get_by_text("查看原文").first.click()
    reader = page.frame_locator("#reader iframe")
    marked = reader.locator("#quote")
    marked.wait_for()
    assert marked.inner_text()[:20] == card.locator("mark").inner_text()[:20]
    page.wait_for_timeout(300)
    place = marked.bounding_box()
    assert place and 0 < place["y"] < 860
    # The conversation stays beside it, not under it.
    panel = page.locator("#reader").bounding_box()
    assert panel and panel["x"] >= turn.bounding_box()["x"] + turn.bounding_box()["width"] - 1
    assert not page.failures


def test_a_citation_is_copied_in_official_form(visit: Visit, serving: Serving) -> None:
    page = visit()
    ask(page, PLAIN).get_by_text("复制引用").first.click()
    page.wait_for_function("document.querySelector('#announced').textContent.includes('已复制')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("〔中国质量检验协会〕宗旨，http://127.0.0.1")
    assert visit(copied.rpartition("，")[2]).locator("#quote").count() == 1


def test_the_answer_is_copied_with_its_sources(visit: Visit) -> None:
    page = visit()
    turn = ask(page, PLAIN)
    turn.get_by_text("复制回答").click()
    page.wait_for_function("document.querySelector('#announced').textContent.includes('已复制')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "[1] 〔中国质量检验协会〕宗旨" in copied and "摘自原文" in copied
    assert turn.locator(".record b").inner_text() in copied


def test_a_long_list_unfolds_and_its_marks_open_the_folded_cards(visit: Visit) -> None:
    turn = ask(visit(), LIST)
    assert turn.locator(".preview li").count() == 3 and not turn.locator(".items li").first.is_visible()
    turn.get_by_text("展开全部 18 项").click()
    assert turn.locator(".items li").last.is_visible() and not turn.locator(".preview").is_visible()
    turn.locator(".items .cite").last.click()
    assert turn.locator(".source.on").is_visible() and "（十八）" in turn.locator(".source.on").inner_text()


def test_a_question_without_an_answer_gets_ways_on(visit: Visit) -> None:
    turn = ask(visit(), UNKNOWN)
    said = turn.inner_text()
    assert (
        "没有找到答案" in said
        and UNKNOWN in said
        and "秘书处" in said
        and "会费" in turn.locator(".term").first.inner_text()
    )
    turn.locator(".near summary").first.click()
    assert turn.locator(".near blockquote").first.is_visible()


def test_suggestions_are_asked_with_one_press(visit: Visit) -> None:
    page = visit()
    page.locator("#welcome .chip").first.click()
    turn = answered(page, 0)
    page.wait_for_selector(".further .chip")
    question = page.locator(".further .chip").first.inner_text()
    page.locator(".further .chip").first.click()
    assert answered(page, 1).locator(".asked").inner_text().endswith(question)
    assert turn.count() == 1


def test_retry_answers_in_the_same_place_and_a_new_conversation_is_empty(visit: Visit) -> None:
    page = visit()
    turn = ask(page, PLAIN)
    number = turn.locator(".record b").inner_text()
    turn.get_by_text("重新回答").click()
    page.wait_for_function(
        "n => document.querySelector('.record b') && document.querySelector('.record b').textContent !== n", arg=number
    )
    assert page.locator(".turn").count() == 1
    page.get_by_text("新对话").click()
    page.wait_for_selector("#welcome .chip")
    assert page.locator(".turn").count() == 0


def test_a_share_link_opens_for_a_friend_and_is_made_only_when_pressed(visit: Visit, serving: Serving) -> None:
    page = visit()
    turn = ask(page, PLAIN)
    record = serving.site.records.get(turn.locator(".record b").inner_text())
    assert record and not record.token
    turn.get_by_text("分享").click()
    field = turn.locator(".shared input")
    field.wait_for()
    link = field.input_value()
    assert link.startswith(serving.url + "/a/")
    friend = visit(link)
    assert "服务会员" in friend.locator("blockquote").first.inner_text()


def test_an_opinion_and_its_reason_are_kept(visit: Visit, serving: Serving) -> None:
    page = visit()
    turn = ask(page, PLAIN)
    turn.get_by_text("没帮助").click()
    turn.get_by_text("引用不对").click()
    turn.get_by_text("已记下").wait_for()
    record = serving.site.records.get(turn.locator(".record b").inner_text())
    assert record and record.liked is False and record.reason == "引用不对"


# --- every hand ------------------------------------------------------------------------------------------------------


def test_everything_can_be_done_with_the_keyboard(visit: Visit) -> None:
    page = visit()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "TEXTAREA":
            break
    page.keyboard.type(PLAIN)
    page.keyboard.press("Enter")
    answered(page, 0)
    page.locator(".cite").first.focus()
    page.keyboard.press("Enter")
    assert "source" in page.evaluate("document.activeElement.className")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "查看原文"
    page.keyboard.press("Enter")
    page.locator("#reader").wait_for()
    page.keyboard.press("Escape")
    assert not page.locator("#reader").is_visible()
    assert page.evaluate("document.activeElement.textContent") == "查看原文"


def test_enter_during_a_pinyin_composition_does_not_ask(visit: Visit) -> None:
    page = visit()
    page.focus("#box textarea")
    keys = page.context.new_cdp_session(page)
    keys.send("Input.imeSetComposition", {"text": "zongzhi", "selectionStart": 7, "selectionEnd": 7})
    keys.send(
        "Input.dispatchKeyEvent",
        {"type": "rawKeyDown", "key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229},
    )
    keys.send("Input.insertText", {"text": "宗旨"})
    keys.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13})
    page.wait_for_timeout(500)
    assert page.locator(".turn").count() == 0
    assert page.input_value("#box textarea") == "宗旨"


def test_an_answer_is_announced_once(visit: Visit) -> None:
    page = visit()
    page.evaluate(
        """() => { window.said = []; new MutationObserver(() => said.push(document.querySelector('#announced').textContent))
        .observe(document.querySelector('#announced'), {childList: true, characterData: true, subtree: true}); }"""
    )
    ask(page, PLAIN)
    page.wait_for_timeout(300)
    said = page.evaluate("said")
    assert len(said) == 1 and "1 处出处" in said[0]


def test_documents_are_read_without_any_script(visit: Visit, serving: Serving) -> None:
    page = visit("/d/", java_script_enabled=False)
    page.locator(".list a").first.click()
    assert page.locator("h2").first.is_visible()
    page.goto(serving.url + "/d/caqi-quality-month-2018.txt?q=7738-7811#quote")
    place = page.locator("#quote").bounding_box()
    assert place and 0 < place["y"] < 860


def test_a_question_typed_while_suggestions_are_still_being_found_is_not_lost(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.chat.follow_ups", lambda *_: time.sleep(1) or [])
    page = visit()
    for n, question in enumerate((PLAIN, LIST), 1):
        page.fill("#box textarea", question)
        page.press("#box textarea", "Enter")
        page.wait_for_selector(f".turn:nth-child({n}) .foot", timeout=10_000)
    assert page.locator(".turn").count() == 2 and page.locator("#box textarea").input_value() == ""


# --- nothing runs, nothing leaves ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    [
        "<img src=x onerror=alert(1)>宗旨",
        "${alert(1)}宗旨是什么",
        "![x](http://192.0.2.1/x.png) 宗旨",
        "{{constructor.constructor('alert(1)')()}}",
        "`\\u12",
    ],
)
def test_markup_in_a_question_is_shown_and_does_nothing(visit: Visit, question: str) -> None:
    page = visit()
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    turn = ask(page, question)
    assert question in turn.locator(".asked").inner_text()
    page.wait_for_timeout(300)
    assert not alerts and not page.elsewhere and not page.failures


def test_no_page_asks_another_host_for_anything(visit: Visit) -> None:
    page = visit()
    ask(page, LIST).get_by_text("查看原文").first.click()
    page.frame_locator("#reader iframe").locator("#quote").wait_for()
    for path in ("/d/", "/privacy", "/d/caqi-quality-month-2018.txt"):
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + path)
    assert page.elsewhere == []


# --- behind a prefix -------------------------------------------------------------------------------------------------


def test_everything_works_behind_a_path_prefix(visit: Visit, serve: Callable[..., Serving]) -> None:
    behind = serve(root_path="/qa")
    page = visit(at=behind)
    turn = ask(page, PLAIN)
    turn.get_by_text("查看原文").first.click()
    page.frame_locator("#reader iframe").locator("#quote").wait_for()
    turn.get_by_text("分享").click()
    turn.locator(".shared input").wait_for()
    link = turn.locator(".shared input").input_value()
    assert "/qa/a/" in link
    assert visit(link, at=behind).locator("blockquote").count() == 1


# --- speed and stillness ---------------------------------------------------------------------------------------------


def test_an_answer_is_there_at_once_and_nothing_jumps(visit: Visit) -> None:
    page = visit()
    ask(page, PLAIN)
    page.evaluate(
        """() => { window.shift = 0; new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) shift += e.value; })
        .observe({type: 'layout-shift', buffered: false}); }"""
    )
    waits = []
    for question in (LIST, UNKNOWN, "职能简介是什么？"):
        page.fill("#box textarea", question)
        before, started = page.locator(".turn").count(), time.perf_counter()
        page.press("#box textarea", "Enter")
        answered(page, before)
        waits.append(time.perf_counter() - started)
        page.wait_for_timeout(900)
    assert page.evaluate("shift") <= 0.05
    # 0.3 s is the aim; a machine that runs other tests beside it is given twice that.
    assert sorted(waits)[1] <= 0.6, [round(wait * 1000) for wait in waits]


# --- every state, in every form --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def axe() -> str:
    found = find_spec("axe_playwright_python")
    if not found or not found.origin:
        pytest.skip("axe-playwright-python is absent")
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Any, axe: str) -> list[str]:
    """What axe-core finds serious or critical."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    found = page.evaluate("axe.run({iframes: false, resultTypes: ['violations']}).then(r => r.violations)")
    return [
        f"{v['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for v in found
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"]
    ]


@pytest.mark.parametrize(("width", "height"), [(1280, 860), (390, 844)])
@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_every_state_is_accessible_and_fits(
    visit: Visit, serving: Serving, axe: str, shot: Callable[[Any, str], None], width: int, height: int, scheme: str
) -> None:
    page = visit(width=width, height=height, scheme=scheme)
    wrong: list[str] = []

    def look(name: str, at: Any = page) -> None:
        at.wait_for_timeout(250)
        shot(at, f"{name}-{width}-{scheme}")
        wrong.extend(f"{name}: {found}" for found in violations(at, axe))
        if sideways(at):
            wrong.append(f"{name}: {sideways(at)} px sideways")

    bright = page.evaluate(
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).every(c => c > 128)"
    )
    assert bright == (scheme == LIGHT)
    look("welcome")
    turn = ask(page, LIST)
    page.wait_for_selector(".further")
    look("list")
    turn.get_by_text("展开全部").click()
    look("list-open")
    ask(page, UNKNOWN).locator(".near summary").first.click()
    look("refused")
    ask(page, "你好")
    look("chat")
    turn = ask(page, PLAIN)
    page.wait_for_timeout(500)
    look("answer")
    turn.get_by_text("没帮助").click()
    turn.locator(".reasons").wait_for()
    look("reasons")
    turn.get_by_text("分享").click()
    turn.locator(".shared").wait_for()
    look("share")
    link = turn.locator(".shared input").input_value()
    turn.get_by_text("查看原文").first.click()
    page.frame_locator("#reader iframe").locator("#quote").wait_for()
    look("reader-open")
    for name, path in [
        ("documents", "/d/"),
        ("document", "/d/caqi-quality-month-2018.txt?q=7738-7811&q=8008-8084#quote"),
        ("shared", link),
        ("privacy", "/privacy"),
        ("missing", "/d/nothing"),
    ]:
        plain = visit(path, width=width, height=height, scheme=scheme)
        look(name, plain)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("width", [640, 1600])
def test_other_widths_fit(visit: Visit, width: int) -> None:
    """640 is 1280 at 200 % zoom."""
    page = visit(width=width, height=700)
    ask(page, LIST).get_by_text("展开全部").click()
    assert sideways(page) == 0


def test_english_for_a_browser_that_asks_for_it(visit: Visit) -> None:
    page = visit(locale="en-GB")
    page.wait_for_function("document.querySelector('.welcome h2').textContent.startsWith('Hello')")
    assert page.locator("#box textarea").get_attribute("placeholder") == "Type a question and press Enter"


def test_losing_the_network_is_told(visit: Visit, shot: Callable[[Any, str], None]) -> None:
    page = visit()
    page.context.set_offline(True)
    page.locator("#offline").wait_for()
    shot(page, "offline-1280-light")
    page.context.set_offline(False)
    page.locator("#offline").wait_for(state="hidden")
