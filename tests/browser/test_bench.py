"""What a maintainer does, in a real browser, with the real server and its child processes behind it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import clicks
from tests.browser.test_pages import pytestmark
from tests.front import PASSWORD
from vectorstore.generation import current
from web.database import Database
from web.users import Users

__all__ = ["pytestmark"]
ROOT = Path(__file__).parents[2]
CHARTER = """# 南屏读书会联合会章程

（2015年9月20日会员代表大会通过）

## 第一章 总则

第一条 本会名称为南屏读书会联合会，是自愿结成的地方性、非营利性社会组织。

第二条 本会的宗旨是倡导全民阅读，服务会员，传承书香。

第三条 本会的登记管理机关是南屏县民政局。

## 第二章 会员

第四条 申请加入本会的会员，须拥护本会的章程，并提交入会申请书。

第五条 会员会费标准为每年一百元，于每年三月底前交纳。

第六条 会员退会应当书面通知秘书处，并交回会员证。

## 第三章 活动

第七条 本会每年四月举办读书日，内容包括：

（一）名家讲座；

（二）旧书交换；

（三）少年诗会。
"""
CHANGED = (
    CHARTER.replace("2015年9月20日", "2024年5月18日")
    .replace("每年一百元，于每年三月底前交纳", "每年一百二十元，于每年六月底前交纳")
    .replace("书面通知秘书处，并交回会员证", "提前一个月书面通知秘书处")
    .replace("第三条 本会的登记管理机关是南屏县民政局。\n\n", "")
    .replace("（三）少年诗会。\n", "（三）少年诗会；\n\n（四）乡村书屋巡展。\n")
)
NOTICE = """首页

关于我们

联系我们

关于举办第九届读书日的通知

各会员单位：

第九届读书日定于2024年4月23日在南屏县图书馆举办，由秘书处负责，请于4月10日前报名。

南屏读书会联合会

2024年3月1日

上一篇：关于缴纳会费的通知

下一篇：没有了

版权所有 南屏读书会联合会
"""
QUESTIONS = """- id: fee
  kind: 事实
  question: 会费标准是每年多少
  expect: answered
  quotes: [会员会费标准为每年一百元]
  protected: true
- id: aim
  kind: 事实
  question: 本会的宗旨是什么
  expect: answered
  quotes: [倡导全民阅读]
- id: leave
  kind: 事实
  question: 会员退会怎么办
  expect: answered
  quotes: [会员退会应当书面通知秘书处]
- id: registry
  kind: 事实
  question: 登记管理机关是谁
  expect: answered
  quotes: [登记管理机关是南屏县民政局]
- id: phone
  kind: 没有
  question: 秘书处电话多少
  expect: refused
"""
ALIASES = "# 人们的叫法\n南屏读书会联合会: [南屏读书会]\n"
WORK = 120_000  # milliseconds that a piece of work may take on a busy machine
Visit = Callable[..., Any]


class Bench:
    """A server of its own: its pages exchange the index, and its work is done by children."""

    def __init__(self, place: Path, port: int) -> None:
        self.documents, self.data, self.port = place / "documents", place / "data", port
        self.url = f"http://127.0.0.1:{port}"


@pytest.fixture
def bench(build: Any, tmp_path: Path) -> Iterator[Bench]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        bench = Bench(tmp_path, probe.getsockname()[1])
    bench.documents.mkdir()
    for name, text in {
        "章程.md": CHARTER, "读书日通知.txt": NOTICE, "questions.yaml": QUESTIONS, "aliases.yaml": ALIASES,
    }.items():  # fmt: skip
        (bench.documents / name).write_text(text, "utf-8")
    build(bench.documents, bench.data).close()
    database = Database.open(f"sqlite:///{bench.data / 'records.db'}")
    Users(database).add("王芳", "maintainer", PASSWORD)
    database.close()
    settings = {"QA_DOCUMENTS": str(bench.documents), "QA_ORGANISATION": "南屏读书会联合会", "QA_MODEL": ""}
    server = subprocess.Popen(
        [sys.executable, "app.py", "--port", str(bench.port), "--data", str(bench.data)],
        cwd=ROOT, env={**os.environ, **settings}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", bench.port)) == 0:
                    break
            time.sleep(0.1)
        yield bench
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture
def enter(visit: Visit, bench: Bench) -> Visit:
    def enter(path: str = "/maintain/", **more: Any) -> Any:
        page = visit(path, at=bench, **more)
        page.fill("input[name=name]", "王芳")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_selector(".desk nav.tabs")
        return page

    return enter


def bring(page: Any, tmp_path: Path, name: str, text: str) -> None:
    """Choose a file as a person does, and send it: two clicks."""
    (tmp_path / "mine").mkdir(exist_ok=True)
    (tmp_path / "mine" / name).write_text(text, "utf-8")
    with page.expect_file_chooser() as chooser:
        page.get_by_label("选择文件").click()
    chooser.value.set_files(tmp_path / "mine" / name)
    page.get_by_role("button", name="上传并比较").click()


def rested(page: Any) -> None:
    """No work is under way."""
    page.locator("#work[data-running='0']").wait_for(state="attached", timeout=WORK)


def compared(page: Any) -> None:
    """Clauses and answers are there."""
    rested(page)
    page.wait_for_selector("h3:has-text('答案的变化') + p:has-text('个答案会变')", timeout=WORK)


def test_a_maintainer_brings_in_a_charter_sees_all_and_applies_it_and_goes_back(
    enter: Visit, bench: Bench, tmp_path: Path
) -> None:
    page, before = enter(), current(bench.data).name
    bring(page, tmp_path, "章程.md", CHANGED)
    page.wait_for_selector("#work progress")
    page.locator(".clauses ins").first.wait_for(timeout=WORK)
    compared(page)
    changed = page.locator(".clauses li.changed").all_inner_texts()
    assert any("一百元" in text and "一百二十元" in text for text in changed)
    assert any("乡村书屋巡展" in text for text in changed) and page.locator(".clauses li.removed").count() == 1
    assert page.locator(".pair.guarded").count() == 1 and "失去引文" in page.locator(".pair.guarded").inner_text()
    page.get_by_label("道守护题会失去引文").click()
    page.get_by_role("button", name="入库", exact=True).click()
    page.locator(".done").wait_for(timeout=WORK)
    assert clicks(page) == 4 and page.locator("#changes").count() == 0, "what was told has come true"
    after = current(bench.data).name
    assert after != before and "一百二十元" in (bench.documents / "章程.md").read_text("utf-8")
    page.get_by_role("link", name="历史", exact=True).click()
    page.get_by_role("button", name=f"退回 {before}").click()
    rested(page)
    page.locator(f"tr.now:has-text('{before}')").wait_for(timeout=WORK)
    assert clicks(page) == 4 + 2 and current(bench.data).name == before
    assert not page.failures and not page.elsewhere


def press_to(page: Any, name: str, limit: int = 80) -> None:
    """Tab until the thing of this name has the focus."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate(
            "n => { const a = document.activeElement; return (a.labels?.[0]?.textContent || a.getAttribute('aria-label') || a.textContent || '').trim().startsWith(n) }",
            name,
        ):
            ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert ring != "none", f"{name} shows no focus"
            return
    raise AssertionError(f"no way to {name} by keyboard")


def test_all_of_it_by_keyboard_alone(enter: Visit, bench: Bench, tmp_path: Path) -> None:
    page, before = enter(width=820, height=1180), current(bench.data).name
    (tmp_path / "读书日通知.txt").write_text(NOTICE.replace("4月10日", "4月15日"), "utf-8")
    press_to(page, "选择文件")
    with page.expect_file_chooser() as chooser:
        page.evaluate("0")  # a key may overtake the order to catch the file dialogue; an answered call has not
        page.keyboard.press("Enter")
    chooser.value.set_files(tmp_path / "读书日通知.txt")
    press_to(page, "上传并比较")
    page.keyboard.press("Enter")
    page.wait_for_selector("#work progress")
    compared(page)
    press_to(page, "入库", 160)
    page.keyboard.press("Enter")
    page.locator(".done").wait_for(timeout=WORK)
    assert current(bench.data).name != before
    press_to(page, "历史")
    page.keyboard.press("Enter")
    page.wait_for_selector("table.history")
    press_to(page, f"退回 {before}")
    page.keyboard.press("Enter")
    page.locator(f"tr.now:has-text('{before}')").wait_for(timeout=WORK)


def test_the_page_may_be_closed_while_it_works_and_a_second_person_is_told(
    enter: Visit, bench: Bench, tmp_path: Path
) -> None:
    page = enter()
    bring(page, tmp_path, "章程.md", CHANGED)
    page.wait_for_selector("#work progress")
    page.context.close()
    other = enter()
    if other.locator("#work progress").count():
        other.get_by_role("button", name="比较文件夹").click()
        for told in other.locator(".problems").all_inner_texts():  # none where the work was done before the press
            assert "王芳 正在比较（自 " in told
    compared(other)
    assert other.url == f"{bench.url}/maintain/", "the page comes back by itself, and sends no form once more"
    assert other.locator(".clauses ins").count()
