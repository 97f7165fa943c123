"""Nothing that anybody writes is more than text on any page, and no file name leads out of the waiting area: in a real Chromium."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from assistant.assistant import Assistant
from ingest.waiting import WaitingArea
from tests.browser.test_pages import answered, pytestmark
from tests.front import PASSWORD, open_site
from tests.live import live
from tests.test_waiting import HOSTILE
from web.explanation import explanation
from web.maintain.work import Work
from web.site import Site
from web.staff.ledger import Ledger
from web.staff.proposals import Proposals

__all__ = ["pytestmark"]
EVIL = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(2)>", "<svg onload=alert(3)>", "<svg><script>alert(4)</script></svg>",
    "<details open ontoggle=alert(5)>", "\"><input autofocus onfocus=alert(6)>", "' autofocus onfocus=alert(7) x='",
    "</textarea></title></option></select><script>alert(8)</script>", "<iframe srcdoc='<script>alert(9)</script>'></iframe>",
    "<iframe src=javascript:alert(10)>", "<base href=http://192.0.2.1/>", "<meta http-equiv=refresh content='0;url=http://192.0.2.1/'>",
    "<link rel=stylesheet href=http://192.0.2.1/x.css>", "<style>@import 'http://192.0.2.1/x.css'</style>",
    "<math><mtext><script>alert(11)</script></mtext></math>", "<form action=http://192.0.2.1/><button autofocus>go</button></form>",
    "[点这里](javascript:alert(12)) ![图](http://192.0.2.1/x.png)", "{{7*7}}${alert(13)}`{% for x in [] %}", "<qa-evil>甲</qa-evil><!--",
    "&lt;script&gt;alert(14)&lt;/script&gt;&#60;img src=x&#62;",
]  # fmt: skip
ALL = "宗旨" + "".join(EVIL)
FILE = "a&amp;b;'`$(x)&lt;b&gt;%2e%2e.md"
NAME = "王<img src=x onerror=alert(15)>\"'芳"
STRANGE = """() => [...document.querySelectorAll('*')].filter(e => {
  const chat = document.querySelector('gradio-app'), tag = e.tagName.toUpperCase(), where = e.href || e.src || e.action || '';
  if ([...e.attributes].some(a => /^on/i.test(a.name)) || /^javascript:/i.test(where) || (e.formAction ?? '').startsWith('javascript:')) return true;
  if (/^(EMBED|OBJECT|MATH|QA-EVIL|MARQUEE|FRAME)$/.test(tag) || (tag === 'META' && e.httpEquiv) || e.srcdoc) return true;
  if (typeof where === 'string' && /^https?:/.test(where) && new URL(where).host !== location.host) return true;
  if (tag === 'STYLE' && /@import|192/.test(e.textContent)) return true;
  return !chat && (/^(IMG|BASE)$/.test(tag) || (tag === 'SVG' && !e.closest('.plot, .used')) || (tag === 'SCRIPT' && !e.src));
}).map(e => e.outerHTML.slice(0, 160))"""


@dataclass
class Place:
    site: Site
    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def place(build: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Documents whose ids, titles, facts, aliases and every passage are markup."""
    folder = tmp_path_factory.mktemp("hostile")
    documents = folder / "documents"
    documents.mkdir()
    text = "\n\n".join(f"第{nth}条 宗旨是{evil}" for nth, evil in enumerate(EVIL, 1))
    (documents / FILE).write_text(f"# {EVIL[1]}章程\n\n{text}\n", "utf-8")
    lines = [{"doc_id": f"{nth}{evil}", "title": evil, "text": f"会员{evil}权利。"} for nth, evil in enumerate(EVIL)]
    (documents / "all.jsonl").write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    area = WaitingArea(folder / "none", documents)
    for name, field in ((EVIL[0], "kind"), (EVIL[5], "source"), (EVIL[6], "file_number")):
        area.set_fact(FILE, f"{EVIL[1]}章程", field, name, NAME)
    area.set_alias(f"中国{EVIL[2]}协会", [EVIL[3], EVIL[6]], NAME)
    area.add_question(
        "q<b>", {"kind": EVIL[0], "question": ALL, "expect": "answered", "quotes": ["宗旨是"], "protected": True}, NAME
    )
    for name, content in area.yaml_files(area.entries()).items():
        (documents / name).write_text(content, "utf-8")
    generation = build(documents, folder / "data")
    site = open_site(
        Assistant(generation),
        folder / "data",
        documents=documents,
        organisation=f"某协会{EVIL[1]}",
        contact=EVIL[5],
        notice=EVIL[0],
    )
    site.users.add(NAME, "maintainer", PASSWORD)
    with live(site) as port:
        yield Place(site, port, folder)
        Work(site.settings.data).wait()
    site.records.close()
    generation.close()


@pytest.fixture
def page(visit: Callable[..., Any], place: Place) -> Any:
    page = visit(place.url + "/maintain/", at=place)
    page.alerts = []
    page.on("dialog", lambda dialog: (page.alerts.append(dialog.message), dialog.dismiss()))
    page.fill("#name", NAME)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_selector("nav.tabs")
    return page


def looked_at(page: Any, where: str) -> list[str]:
    """Everything unfolded, every frame too."""
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.wait_for_timeout(60)
    found = [f"{where}: {strange}" for frame in page.frames for strange in frame.evaluate(STRANGE)]
    return found + [f"{where}: dialog {said}" for said in page.alerts] + [f"{where}: {url}" for url in page.elsewhere]


def test_what_is_written_anywhere_is_text_on_every_page(page: Any, place: Place) -> None:
    site, wrong, assistant = place.site, [], place.site.assistant()
    records, proposals, ledger = site.records, Proposals(site.records.database), Ledger(site.records.database)
    numbers = []
    for asked in [ALL, *EVIL]:
        answer = replace(assistant.answer(f"{asked}的宗旨"), notices=(asked,))
        numbers.append(records.add(answer, {**explanation(answer, assistant), "missing": [asked]}))
        records.feedback(numbers[-1], False, asked)
        ledger.sign(numbers[-1], NAME, "wrong", asked)
    for kind in ("alias", "question", "scope"):
        proposals.add(NAME, kind, {"full": EVIL[1], "short": EVIL[2], "question": ALL, "quote": EVIL[4]}, [ALL])
    area = WaitingArea(site.settings.data, site.settings.documents)
    area.add_file("新" + FILE, BytesIO(("# 新" + ALL + "\n\n" + "\n\n".join(EVIL)).encode()), NAME)
    area.set_alias(EVIL[1], [EVIL[4]], NAME)
    area.set_fact(FILE, f"{EVIL[1]}章程", "source", ALL[:300], NAME)
    page.goto(f"{place.url}/maintain/")
    page.get_by_role("button", name="比较", exact=True).click()
    page.locator("h3:has-text('答案的变化') + p:has-text('个答案会变')").wait_for(timeout=120_000)
    share, hostile = records.share(numbers[0], 30), quote(ALL)
    for path in (
        "/maintain/", "/maintain/documents", f"/maintain/document?path={quote(FILE)}", f"/maintain/document?path=新{quote(FILE)}", f"/maintain/document?path={hostile}",
        "/maintain/aliases", "/maintain/questions", "/maintain/history", "/maintain/health", f"/maintain/{hostile}",
        "/staff/", f"/staff/?kind=wrong&q={hostile}&document={hostile}&since={hostile}&signed={numbers[0]}", f"/staff/records/{numbers[0]}?now=1&q={hostile}",
        *(f"/staff/records/{number}" for number in numbers[1:6]), "/staff/unanswered", "/staff/figures", f"/staff/search?q={hostile}", f"/staff/{hostile}",
        "/d/", f"/d/{quote(FILE)}?q=2-60&q=70-90", f"/d/{quote('1' + EVIL[1])}", f"/d/{hostile}", f"/a/{share}", f"/a/{hostile}", "/privacy", f"/{hostile}",
    ):  # fmt: skip
        page.goto(place.url + path)
        wrong += looked_at(page, path[:60])
    page.goto(f"{place.url}/staff/records/{numbers[0]}")
    looked_at(page, "record")  # unfolds it
    page.locator("[data-open]").first.click()
    page.frame_locator("#opened iframe").locator("#quote").wait_for()
    wrong += looked_at(page, "source")
    page.goto(place.url + "/")
    page.wait_for_selector("#box textarea")
    for turn, asked in enumerate((ALL, *EVIL[:4])):
        page.fill("#box textarea", f"{asked}的宗旨")
        page.press("#box textarea", "Enter")
        answered(page, turn)
        wrong += looked_at(page, f"asked {asked[:20]}")
    page.context.clear_cookies()
    page.goto(f"{place.url}/staff/{hostile}")
    page.fill("#name", NAME)
    page.fill("#password", ALL[:100])
    page.press("#password", "Enter")
    page.get_by_text("用户名或口令不对").wait_for()
    wrong += looked_at(page, "log-in")
    assert not wrong, "\n".join(wrong)
    assert not page.failures


def test_no_name_that_a_browser_sends_leads_out_of_the_waiting_area(page: Any, place: Place) -> None:
    area = WaitingArea(place.site.settings.data, place.site.settings.documents)

    def outside() -> dict[str, bytes]:
        kept = (place.site.settings.data / "waiting", place.site.settings.data / "work")
        names = ("records.db", "records.db-wal", "records.db-shm", "recent.jsonl")
        return {
            str(path): path.read_bytes()
            for path in place.folder.rglob("*")
            if path.is_file() and path.name not in names and not any(path.is_relative_to(folder) for folder in kept)
        }

    before, waiting = outside(), area.entries()
    for names in (HOSTILE[:24], HOSTILE[24:]):
        page.goto(f"{place.url}/maintain/")
        files = [
            {"name": name.replace("\ud800", "\ufffd"), "mimeType": "text/plain", "buffer": "宗旨在此。\n".encode()}
            for name in names
        ]
        page.set_input_files("#file", files)
        with page.expect_navigation():
            page.get_by_role("button", name="上传并比较").click()
        refused = page.locator(".problems p").count()
        assert refused >= len(names) - 6, page.locator(".problems").inner_text()
        assert not looked_at(page, "refused")
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert outside() == before
    for entry in area.entries():
        assert area.file(entry).parent == place.site.settings.data / "waiting" / "files"
        assert "/" not in entry.name and "\\" not in entry.name and entry.name.isprintable()
    assert len(area.entries()) - len(waiting) <= 5
