"""Every page and state of the desks, one after the other, over the association's own documents.

A test examines each of them in every size; `QA_SHOTS=folder make browser` also leaves a picture of each there, for people to look at.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import update

from assistant.answer import Answer
from assistant.assistant import Assistant
from ingest.waiting import WaitingArea
from tests.front import PASSWORD, open_site
from tests.live import live
from vectorstore.generation import Generation, current
from web.database import stamp
from web.explanation import explanation
from web.maintain.work import Work
from web.site import Site
from web.staff.ledger import Ledger
from web.staff.proposals import Proposals
from web.tables import records as table

ROOT = Path(__file__).parents[2]
CAPTURE = "caqi-quality-month-2018.txt"
LONG = "关于进一步加强质量检验行业自律建设、深入开展“质量月”主题活动并做好会员单位年度信息报送工作的通知（示例）.txt"
NOTICE = """关于做好会员单位年度信息报送工作的通知

各会员单位：

请于2024年{month}月30日前报送年度信息，联系人：秘书处，邮箱 info@example.org。

附件下载：https://www.example.org/attachments/2024/annual-report-of-member-organisations-final-version-3.xlsx

中国质量检验协会

2024年4月1日
"""
DUE = "年度信息什么时候报送？"
ASKED = [
    "宗旨是什么？", "业务范围有哪些？", "会费多少钱？", "会费标准是多少", "会费多少", "食堂几点开饭", "秘书处电话是多少？",
    "工匠精神彰显的是什么", "质量月是哪一年开始的？", "2018年质量月的主题是什么", "倒数第二项业务是什么", "你好",
    "我是一家刚刚成立的检测机构的负责人，想问一下我们这样的单位能不能参加你们协会，参加以后有什么权利和义务，要交什么材料，多久能批下来，" * 3,
    "https://www.example.org/a/very/long/address/without/any/place/to/break/it/index.html?query=0123456789012345678901234567890123456789",
    *(f"业务范围第{number}项是什么" for number in "一二三四五六七八九十"), *(f"第{number}个倡议是什么？" for number in range(1, 12)),
]  # fmt: skip


@dataclass
class Stage:
    """A site of its own, a maintainer's page in it, and two indexes: the present one and one from before."""

    site: Site
    port: int
    page: Any
    before: Assistant

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def documents(self) -> Path:
        return self.site.settings.documents

    @property
    def work(self) -> Work:
        return Work(self.site.settings.data)

    @property
    def area(self) -> WaitingArea:
        return WaitingArea(self.site.settings.data, self.documents)

    def go(self, path: str) -> Any:
        self.page.goto(self.url + path)
        return self.page

    def press(self, name: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).first.click()

    def send(self, name: str, content: bytes) -> None:
        """Choose a file and send it, as a person does."""
        self.page.set_input_files("#file", {"name": name, "mimeType": "application/octet-stream", "buffer": content})
        self.press("上传并比较")

    def asked(self, question: str, by: Assistant | None = None, days: int = 0, **changed: Any) -> str:
        by = by or self.site.assistant()
        answer: Answer = replace(by.answer(question), **changed)
        number = self.site.records.add(answer, explanation(answer, by))
        with self.site.records.database.write() as connection:
            then = stamp(datetime.now(UTC) - timedelta(days=days))
            connection.execute(update(table).where(table.c.number == number).values(created=then))
        return number

    def rested(self) -> None:
        self.page.locator("#work[data-running='0']").wait_for(state="attached", timeout=120_000)


@contextmanager
def staged(visit: Callable[..., Any], build: Callable[..., Generation], place: Path) -> Iterator[Stage]:
    documents = Path(shutil.copytree(ROOT / "documents", place / "documents"))
    some = (documents / "questions.yaml").read_text("utf-8").split("\n- id: ")
    (documents / "questions.yaml").write_text("\n- id: ".join(some[:13]), "utf-8")  # a dozen are soon asked
    (documents / LONG).write_text(NOTICE.format(month=5), "utf-8")
    old = build(documents, place / "data")
    (documents / LONG).write_text(NOTICE.format(month=6), "utf-8")
    new = build(documents, place / "data")
    assert current(place / "data").name == new.name
    assistant = Assistant(new)
    site = open_site(assistant, place / "data", documents=documents, organisation="中国质量检验协会")
    site.users.add("王芳", "maintainer", PASSWORD)
    with live(site) as port:
        stage = Stage(site, port, None, Assistant(old))
        stage.page = visit(stage.url + "/staff/", at=stage)
        yield stage
        Work(site.settings.data).wait()
    site.records.close()
    old.close()
    new.close()


def log_in(page: Any, password: str = PASSWORD) -> None:
    page.fill("#name", "王芳")
    page.fill("#password", password)
    with page.expect_navigation():
        page.press("#password", "Enter")


def staff(stage: Stage) -> Iterator[str]:
    """From the log-in page on; at first nothing has been asked."""
    yield "login"
    log_in(stage.page, "wrong")
    yield "login-wrong"
    log_in(stage.page)
    page, ledger, proposals = stage.page, Ledger(stage.site.records.database), Proposals(stage.site.records.database)
    for name, path in [("queue", ""), ("unanswered", "unanswered"), ("figures", "figures"), ("search", "search")]:
        stage.go(f"/staff/{path}")
        yield f"{name}-empty"
    numbers = [stage.asked(question, days=nth // 3) for nth, question in enumerate(ASKED)]
    plain, whole, refused = numbers[:3]
    late = stage.asked(DUE, stage.before)
    stage.site.records.feedback(whole, False, "不完整")
    stage.site.records.feedback(plain, True)
    stage.site.records.feedback(late, False)
    stage.site.records.share(plain, 30)
    stage.go("/staff/")
    yield "queue"
    stage.go("/staff/?page=2")
    yield "queue-second"
    stage.go("/staff/?kind=wrong&q=没有这样的词&since=2024-01-01")
    yield "queue-none"
    stage.go(f"/staff/records/{plain}")
    yield "record"
    page.locator("[data-open]").first.click()
    page.frame_locator("#opened iframe").locator("#quote").wait_for()
    yield "record-source"
    page.locator("[data-close]").click()
    page.keyboard.press("2")
    yield "record-wrong"
    page.get_by_label("引用不对").check()
    page.fill("input[name=note]", "应当引用第二句，这里只引了前半句，而且没有写明日期；请维护人员核对原文后再入库。")
    stage.press("记为有误")
    yield "record-next"
    ledger.sign(plain, "李四", "right")
    stage.go(f"/staff/?kind=all&signed={plain}")
    yield "queue-signed"
    stage.go(f"/staff/records/{plain}?now=1")
    for summary in page.locator("main > details > summary").all():
        summary.click()
    yield "record-all"
    stage.go(f"/staff/records/{late}?now=1#now")
    page.get_by_text("与当时不同").wait_for()
    yield "record-changed"
    for name, number in [("list", whole), ("refused", refused), ("story", numbers[12]), ("unbroken", numbers[13])]:
        stage.go(f"/staff/records/{number}?kind=all")
        yield f"record-{name}"
    stage.go("/staff/unanswered")
    yield "unanswered"
    for summary in page.locator(".group").first.locator("summary").all():
        summary.click()
    yield "unanswered-open"
    page.fill(".group .fields input[name=full]", "中国质量检验协会会员代表大会")
    page.fill(".group .fields input[name=short]", "会代会")
    stage.press("提议加别名")
    covered = [stage.site.records.get(number).question for number in numbers[2:5]]  # type: ignore[union-attr]
    proposals.add("李四", "question", {"question": ASKED[12], "quote": "推行先进的质量检验检测和质量管理方法"}, covered)
    proposals.add("李四", "scope", {"question": "食堂几点开饭"}, ["食堂几点开饭"])
    proposals.add("李四", "alias", {"full": "工业和信息化部", "short": "发改委"}, [])
    stage.go("/staff/unanswered")
    yield "proposals"
    stage.press("采纳")
    yield "proposals-refused"
    proposals.decide(3, "王芳", stage.area, stage.documents)
    stage.area.clear(stage.area.entries())
    stage.go("/staff/unanswered")
    page.locator(".proposed summary").click()
    yield "proposals-accepted"
    stage.go("/staff/figures?days=14")
    for summary in page.locator("summary").all():
        summary.click()
    yield "figures"
    stage.go("/staff/search?q=业务范围第七项是什么")
    yield "search"
    stage.go(f"/staff/search?q={ASKED[13]}")
    yield "search-unbroken"
    stage.go("/staff/records/00000000")
    yield "missing"


def maintain(stage: Stage) -> Iterator[str]:
    """At first nothing waits."""
    page = stage.page
    log_in(page)
    for name in ("", "documents", "aliases", "questions", "history"):
        stage.go(f"/maintain/{name}")
        yield f"maintain-{name or 'empty'}"
    stage.go("/maintain/")
    stage.press("上传并比较")
    yield "upload-nothing"
    stage.send("章程" * 90 + ".exe", b"MZ")
    yield "upload-refused"
    stage.go(f"/maintain/document?path={LONG}")
    yield "document"
    page.fill("input[name=date]", "去年夏天")
    stage.press("记下说明")
    yield "document-refused"
    page.fill("input[name=date]", "2024-04-02")
    page.select_option("select[name=status]", "现行")
    stage.press("记下说明")
    yield "document-noted"
    stage.go(f"/maintain/document?path={CAPTURE}")
    yield "document-crumbs"
    stage.area.restore(CAPTURE, "〔中国“质量月”活动〕", "质量月标识", "王芳")
    stage.go("/maintain/aliases")
    page.fill("#full", "中国质量检验协会")
    page.fill("#shorts", "发改委")
    page.locator("form.alias:has(#full) button").click()
    page.locator(".problems").wait_for()
    yield "aliases-refused"
    page.fill("#shorts", "中质检协")
    page.locator("form.alias:has(#full) button").click()
    page.locator(".done").wait_for()
    yield "aliases-waiting"
    stage.go("/maintain/")
    yield "waiting"
    facts = (stage.documents / "catalogue.yaml").read_text("utf-8")
    (stage.documents / "catalogue.yaml").write_text("- 写坏了: [\n", "utf-8")
    stage.press("比较")
    stage.page.locator("#work.bad").wait_for(timeout=120_000)
    yield "plan-failed"
    (stage.documents / "catalogue.yaml").write_text(facts, "utf-8")
    capture = (stage.documents / CAPTURE).read_text("utf-8")
    changed = capture.replace("能力与质量管理科学技术、方法提升", "能力、计量能力与质量管理科学技术提升").replace(
        "于每年的9月在全国", "于每年秋季在全国"
    )
    changed = changed.replace("(十八)承担相关部门委托的", "(十八)承担会员单位委托的")
    with still(page):
        stage.send("新版介绍.txt", changed.encode())
        yield "comparing"
    stage.go("/maintain/")
    page.locator(".change").first.wait_for(timeout=120_000)
    stage.rested()
    (stage.documents / "坏.docx").write_bytes(b"PK\3\4 broken")
    stage.area.add_file(
        "会员单位年度信息报送表.csv", BytesIO("单位,联系人,截止\n甲研究院,张三,6月30日\n".encode()), "李四"
    )
    stage.area.remove_document(LONG, "王芳")
    stage.go("/maintain/")
    yield "plan-outdated"
    (entry,) = [entry for entry in stage.area.entries() if entry.name == "新版介绍.txt"]
    stage.area.withdraw(entry.id)
    stage.area.add_file("新版介绍.txt", BytesIO(changed.encode()), "王芳", instead=CAPTURE)
    stage.press("重新比较")
    page.locator("h3:has-text('答案的变化') + p:has-text('个答案会变')").wait_for(timeout=120_000)
    stage.rested()
    stage.go("/maintain/")
    yield "plan"
    stage.go(f"/maintain/document?path={LONG}")
    yield "document-removal"
    with occupied(stage, "plan", keep=("plan",)):
        stage.go("/maintain/")
        yield "asking"
        page.get_by_role("button", name="比较文件夹").click()
        page.locator(".problems").wait_for()
        yield "occupied"
    stage.go("/maintain/")
    yield "plan-interrupted"
    for kind, path in [("rollback", "history"), ("evaluate", "questions")]:
        with occupied(stage, kind):
            stage.go(f"/maintain/{path}")
            yield f"{path}-running"
    stage.go("/maintain/questions")
    stage.press("现在问一遍")
    page.get_by_text("上次：").wait_for(timeout=120_000)
    stage.rested()
    yield "questions-asked"
    stage.go("/maintain/")
    stage.press("比较文件夹")
    page.locator("h3:has-text('答案的变化') + p:has-text('个答案会变')").wait_for(timeout=120_000)
    stage.rested()
    page.get_by_label("道守护题会失去引文").evaluate("box => box.removeAttribute('required')")
    stage.press("入库")
    page.locator("#work.bad").wait_for(timeout=120_000)
    yield "apply-objected"
    page.get_by_label("道守护题会失去引文").check()
    stage.press("入库")
    page.locator(".done").wait_for(timeout=120_000)
    stage.rested()
    yield "applied"
    stage.go("/maintain/history")
    yield "history"
    (stage.documents / "aliases.yaml").write_text("国家市场监督管理总局: [总局\n", "utf-8")
    (stage.documents / "questions.yaml").write_text("- question: [\n", "utf-8")
    for name in ("aliases", "questions"):
        stage.go(f"/maintain/{name}")
        yield f"{name}-broken"
    stage.go("/maintain/documents")
    yield "documents"
    stage.go("/maintain/health")  # the pages of this site keep their index: that is its warning
    yield "health"
    stage.go("/maintain/nothing-there")
    yield "maintain-missing"


@contextmanager
def still(page: Any) -> Iterator[None]:
    """The page does not see how the work goes on, and so does not load itself anew while it is looked at."""
    page.route("**/maintain/work", lambda route: route.abort())
    yield
    page.unroute("**/maintain/work")


@contextmanager
def occupied(stage: Stage, kind: Any, keep: tuple[str, ...] = ()) -> Iterator[None]:
    """Work that goes on until the block ends, and is then interrupted. keep: results of the last piece that it has already."""
    work = stage.work
    last = work.last(kind)
    steps = (
        [(name, [sys.executable, "-c", f"print({json.dumps(json.dumps(last.results[name]))})"]) for name in keep]
        if last
        else []
    )
    endless = "import sys, time; print('已问 48/175 题', file=sys.stderr, flush=True); time.sleep(600)"
    work.start(kind, "李四", [*steps, ("impact", [sys.executable, "-c", endless])], of=last.of if last else "")
    child = work._child
    assert child
    try:
        while len((work.present() or work.last(kind)).said) == 0:  # type: ignore[union-attr]
            pass
        yield
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
