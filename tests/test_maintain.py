"""The maintainers' pages: bring a file in, see what changes, apply it, take it back."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from assistant.assistant import Assistant
from assistant.gold import read_questions
from ingest.names import file_name
from ingest.waiting import WaitingArea
from tests import office_files
from tests.front import HOME, built, open_site, signed_in
from tests.test_chat import EVIL, harmless
from tests.test_faults import QUESTION
from tests.test_impact import FEES, RULES
from tests.test_waiting import HOSTILE
from vectorstore.generation import Generation, current
from web.maintain.view import Run, answer_pairs, plan_view
from web.maintain.work import Work
from web.site import Site
from web.words import ENGLISH

TEMPLATES = Path(__file__).parents[1] / "web" / "templates"


@pytest.fixture(scope="module")
def indexed(build, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("maintain")
    (folder / "documents").mkdir()
    (folder / "documents" / "会费.txt").write_text(FEES.format("一千"), "utf-8")
    (folder / "documents" / "办法.md").write_text(RULES, "utf-8")
    (folder / "documents" / "questions.yaml").write_text(QUESTION, "utf-8")
    build(folder / "documents", folder / "data").close()
    return folder


@pytest.fixture(scope="module")
def shared(indexed, tmp_path_factory, encoder) -> Iterator[tuple[Site, TestClient]]:
    place = Path(shutil.copytree(indexed, tmp_path_factory.mktemp("site") / "copy"))
    generation = Generation.open(current(place / "data"), encoder)
    site = open_site(Assistant(generation), place / "data", documents=place / "documents")
    with signed_in(built(site), site, "maintainer", "张三") as client:
        yield site, client
    site.records.close()
    generation.close()


@pytest.fixture
def site(shared, indexed) -> Site:
    """Documents, generations and what waits are as they were, whatever a test before has done."""
    site, _ = shared
    data = site.settings.data
    Work(data).wait()
    for folder, kept in ((data / "generations", indexed / "data" / "generations"), (site.settings.documents, indexed / "documents")):  # fmt: skip
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)
    for folder in (data / "waiting", data / "work"):
        shutil.rmtree(folder, ignore_errors=True)
    return site


@pytest.fixture
def client(shared, site) -> TestClient:
    return shared[1]


@pytest.fixture
def area(site) -> WaitingArea:
    return WaitingArea(site.settings.data, site.settings.documents)


@pytest.fixture
def no_work(monkeypatch):
    """Orders are taken down, not carried out."""
    orders = []
    monkeypatch.setattr(Work, "start", lambda self, kind, by, steps, **more: orders.append((kind, by, steps)))
    return orders


def upload(client, name, text, instead=""):
    data = text if isinstance(text, bytes) else text.encode()
    return client.post("/maintain/upload", data={"instead": instead}, files={"file": (name, data, "text/plain")})


def ended(site, kind, results, *, by="张三", said="", failed=()):
    """A piece of work as its child process leaves it."""
    folder = site.settings.data / "work" / kind
    folder.mkdir(parents=True)
    order = {"by": by, "since": "2026-01-01T00:00:00+00:00", "of": "", "steps": [[name, []] for name in (*results, *failed)]}  # fmt: skip
    codes = {**dict.fromkeys(results, 0), **dict.fromkeys(failed, 1)}
    for name, value in {"order": order, "ended": codes, **results}.items():
        (folder / f"{name}.json").write_text(json.dumps(value), "utf-8")
    (folder / "progress.txt").write_text(said, "utf-8")
    (folder.parent / "present").write_text(kind, "utf-8")


def is_harmless(html: str) -> bool:
    """The frame's own scripts apart."""
    return harmless(re.sub(r'<script defer src="/(staff|maintain)/(desk|maintain)\.js\?v=\w+"></script>', "", html))


def test_whatever_name_a_browser_sends_nothing_lands_outside_the_waiting_area(client, site, area, no_work):
    """Refused, or (where the client spelled the name otherwise on its way) waiting as one plain file."""
    place = site.settings.data.parent

    def outside():
        return {path for path in place.rglob("*") if not path.is_relative_to(site.settings.data / "waiting")}

    before = outside()
    for name in HOSTILE:
        if "\ud800" in name:  # cannot be sent
            continue
        found = upload(client, name, "文字在此。\n")
        assert found.status_code in (303, 400, 422), name
        assert {path.name for path in outside() - before} <= {
            "recent.jsonl",
            "work",
            "records.db-wal",
            "records.db-shm",
        }
    for entry in area.entries():
        assert file_name(entry.name, (".txt", ".md", ".jsonl")) == entry.name
        assert area.file(entry).parent == site.settings.data / "waiting" / "files"
    assert len(area.entries()) <= 5


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(200)])
def test_what_is_not_what_its_name_says_is_refused_with_a_sentence(content, client, area, no_work):
    found = upload(client, "章程.txt", content)
    assert found.status_code == 422 and "没有收下" in found.text and not area.entries() and not no_work


def test_what_waits_cannot_be_reached_from_the_public_pages(client, site, area, no_work):
    upload(client, "秘密.txt", "还没有公布的内容在此。\n")
    [entry] = area.entries()
    place = area.file(entry)
    for path in (
        "/d/秘密.txt", f"/d/{place}", f"/d/../data/waiting/files/{place.name}", f"/static/{place}", f"/gradio_api/file={place}",
        f"/maintain/../data/waiting/files/{place.name}", f"/maintain/{place.name}", f"/assets/{place}", "/d/", "/api/documents",
    ):  # fmt: skip
        assert "还没有公布" not in client.get(path).text and "秘密" not in client.get(path).text.replace(path, "")


def test_the_second_maintainer_is_told_who_is_at_work(client, site, monkeypatch):
    desk = Work(site.settings.data)
    desk.start("plan", "李四", [("plan", ["sleep", "5"])])
    found = client.post("/maintain/plan")
    assert found.status_code == 422 and "李四 正在比较（自 " in found.text
    desk._child.kill()
    desk.wait()


def test_facts_aliases_and_restored_lines_wait_and_show_in_the_page(client, area, no_work):
    was = {f"was-{field}": "" for field in ("title", "kind", "date", "source", "file_number", "status", "replaced_by")}
    said = {"path": "会费.txt", "work": "关于会费标准的通知", "status": "已废止", **was}
    assert client.post("/maintain/facts", data=said).status_code == 303
    assert client.post("/maintain/aliases", data={"full": "理事会", "shorts": "董事会，理事"}).status_code == 303
    assert [(entry.kind, entry.values) for entry in area.entries()] == [
        ("fact", ("已废止",)),
        ("alias", ("董事会", "理事")),
    ]
    assert "<option selected>已废止</option>" in client.get("/maintain/document?path=会费.txt").text
    assert "董事会、理事" in client.get("/maintain/aliases").text
    home = client.get("/maintain/").text
    assert "待入库" in home and "还没有比较过" in home
    assert "1 项改动待入库" in client.get("/maintain/document?path=会费.txt").text
    refused = client.post("/maintain/facts", data=said | {"date": "去年夏天", "title": "会费办法"})
    assert refused.status_code == 422 and 'value="去年夏天"' in refused.text and 'value="会费办法"' in refused.text
    refused = client.post("/maintain/aliases", data={"full": "会", "shorts": "某"})
    assert refused.status_code == 422 and 'value="会"' in refused.text and 'value="某"' in refused.text


def test_a_line_taken_for_navigation_is_restored_by_a_press(client, area, no_work):
    client.post("/maintain/restore", data={"path": "会费.txt", "work": "关于会费标准的通知", "line": "返回首页"})
    [entry] = area.entries()
    assert (entry.kind, entry.values) == ("restore", ("返回首页",)) and no_work[0][0] == "plan"
    assert client.post("/maintain/withdraw", data={"id": entry.id}).status_code == 303 and not area.entries()


def test_a_document_is_shown_as_it_will_be_read_and_removed_only_when_applied(client, site, area, no_work):
    upload(client, "新办法.md", RULES)
    page = client.get("/maintain/document?path=新办法.md").text
    assert "第一条" in page and "会员入会须提交申请书" in page
    assert client.get("/maintain/document?path=../questions.yaml").status_code == 404
    assert client.get("/maintain/document?path=questions.yaml").status_code == 404
    assert client.post("/maintain/remove", data={"path": "会费.txt"}).status_code == 303
    assert (site.settings.documents / "会费.txt").exists() and "待移除" in client.get("/maintain/documents").text
    assert client.post("/maintain/remove", data={"path": "../x"}).status_code == 404


def test_a_preview_names_pages_and_rows_of_tables(client, no_work):
    upload(client, "学会章程.pdf", office_files.charter())
    upload(client, "会费办法.docx", office_files.fees())
    charter, fees = (client.get(f"/maintain/document?path={name}").text for name in ("学会章程.pdf", "会费办法.docx"))
    assert re.search(r"第二章第五条 <small>第 1–2 页</small></p><p class=\"text\">第五条", charter)
    assert re.search(r"<small>表 1 第 2 行</small></p><p class=\"text\">类别：个人会员；会费（元/年）：200；", fees)


def test_only_what_is_kept_can_be_rolled_back_to(client, no_work):
    for name in ("../x", "没有", "--force", ""):
        assert client.post("/maintain/rollback", data={"name": name}).status_code == 404
    assert not no_work


def test_health_names_what_is_in_order_and_what_is_not(client, site):
    page = client.get("/maintain/health").text
    assert page.count("正常") >= 6 and "问答记录" in page
    shutil.rmtree(current(site.settings.data))
    assert "有问题" in client.get("/maintain/health").text


def test_markup_in_documents_names_and_titles_is_only_text(client, site, no_work):
    evil = f"{EVIL}\n\n第一条 {EVIL}会员{EVIL}入会。\n\n第二条 {EVIL}。\n"
    name = "a&amp;'`$()；.txt"
    upload(client, name, evil)
    client.post("/maintain/aliases", data={"full": EVIL[:60], "shorts": EVIL[60:120] or "别的名字"})
    client.post("/maintain/restore", data={"path": name, "work": EVIL, "line": EVIL})
    for path in ("/maintain/", "/maintain/documents", f"/maintain/document?path={name}", "/maintain/aliases"):
        found = client.get(path, params={"path": name} if "document?" in path else None)
        assert found.status_code == 200
        assert is_harmless(found.text)


def test_markup_in_a_plan_and_its_answers_is_only_text(client, site, no_work):
    """Of what the child process reports, nothing is believed."""
    clause = {"kind": "changed", "label": EVIL, "old_label": EVIL + "1", "text": EVIL, "words": [{"kind": "added", "text": EVIL}]}  # fmt: skip
    change = {"kind": "changed", "document": EVIL, "old_document": EVIL, "title": EVIL, "passages": 1, "clauses": [clause, {**clause, "kind": "added", "words": []}]}  # fmt: skip
    plan = {
        "generation": EVIL, "files": [{"path": EVIL, "status": "reject", "reason": EVIL, "seconds": 0}], "documents": [change],
        "versions": [{"title": EVIL, "older": EVIL, "older_date": EVIL, "newer": EVIL, "newer_date": "", "alike": 1, "known_order": True}],
        "near_copies": [{"one": EVIL, "other": EVIL, "alike": 0.9}], "unindexed": [{"document": EVIL, "start": 0, "end": 1, "text": EVIL, "reason": EVIL}],
        "warnings": [EVIL + "仍是原有的版本"], "documents_after": 1, "passages_after": 1, "embeddings": 1, "nothing": False,
    }  # fmt: skip
    reply = {"status": "answered", "text": EVIL, "sources": [{"document": EVIL, "title": EVIL, "label": EVIL, "quote": EVIL}]}  # fmt: skip
    pair = {"kind": "reworded", "id": EVIL, "question": EVIL, "protected": True, "lost": True, "before": reply, "after": {**reply, "text": EVIL[::-1]}}  # fmt: skip
    impact = {"before": EVIL, "acceptance": 1, "recent": 0, "passed_before": 1, "passed_after": 0, "changes": [pair]}
    ended(site, "plan", {"plan": plan, "impact": {**plan, "impact": impact}}, by=EVIL, said=EVIL)
    page = client.get("/maintain/").text
    assert is_harmless(page) and "失去引文" in page and "仍是原有的版本" in page
    assert is_harmless(client.get("/maintain/work").text)


def test_the_words_of_an_answer_and_of_a_refusal_are_not_compared():
    before, after = ({"text": text, "sources": []} for text in ("会费是一千元。", "没有找到会费的内容。"))
    change = {"before": before, "after": after, "lost": False}
    [refused, reworded] = answer_pairs({"changes": [change | {"kind": "refused"}, change | {"kind": "reworded"}]})["changes"]  # fmt: skip
    assert refused["old"] == [Run("same", before["text"])] and refused["new"] == [Run("same", after["text"])]
    assert {run.kind for run in reworded["new"]} == {"same", "added"}


def test_a_change_far_down_in_a_long_answer_is_seen():
    lines = [f"（{number}）第{number}项业务，内容从略" * 3 for number in range(60)]
    before, after = ({"text": "\n".join([*lines, f"（末）承担{who}的委托"]), "sources": []} for who in ("部门", "会员"))
    [pair] = answer_pairs({"changes": [{"before": before, "after": after, "lost": False, "kind": "reworded"}]})["changes"]  # fmt: skip
    assert [run.text for run in pair["new"] if run.kind == "added"] == ["会员"]
    assert sum(len(run.text) for run in pair["new"]) < 100 and pair["new"][0].text.startswith("…")


def test_under_answers_of_the_same_words_the_quotes_that_changed_are_compared():
    source = {"document": "甲.txt", "title": "章程", "label": "第一条", "quote": "共18项。"}
    changed = {**source, "label": "第二条", "quote": "承担部门委托。"}
    before = {"text": "共18项。", "sources": [source, changed]}
    after = {"text": "共18项。", "sources": [source, {**changed, "quote": "承担会员委托。"}]}
    [pair] = answer_pairs({"changes": [{"before": before, "after": after, "lost": False, "kind": "recited"}]})["changes"]  # fmt: skip
    assert "".join(run.text for run in pair["old"]) == "第二条：承担部门委托。"
    assert [run.text for run in pair["new"] if run.kind == "added"] == ["会员"]


def test_crumbs_stand_under_their_document_and_only_a_file_of_its_own_can_be_previewed():
    plan = {
        "documents": [{"kind": "added", "document": name, "clauses": []} for name in ("甲.txt", "第3号")],
        "files": [{"path": "甲.txt", "status": "ingest"}, {"path": "全部.jsonl", "status": "ingest"}],
        "unindexed": [{"document": name, "text": text} for name, text in (("甲.txt", "首页"), ("第3号", "返回"), ("甲.txt", "联系"))],
    }  # fmt: skip
    shown = plan_view(plan)
    assert [(crumbs["document"], crumbs["lines"]) for crumbs in shown["crumbs"]] == [
        ("甲.txt", ["首页", "联系"]),
        ("第3号", ["返回"]),
    ]
    assert [document["previewed"] for document in shown["documents"]] == [True, False]


def test_questions_that_failed_stand_first(client, site):
    (site.settings.documents / "questions.yaml").write_text(QUESTION + QUESTION.replace("id: ", "id: second-"), "utf-8")
    first, second = (gold.id for gold in read_questions(site.settings.documents / "questions.yaml"))
    results = [{"id": first, "passed": True, "why": ""}, {"id": second, "passed": False, "why": "缺少：一千"}]
    ended(site, "evaluate", {"evaluate": {"n": 2, "passed": 0.5, "generation": "g", "results": results}})
    page = client.get("/maintain/questions").text
    assert page.index("缺少：一千") < page.index(f"<small>{first}<") and "50.0%" in page


def test_what_failed_is_told_until_something_else_was_done(client, site):
    ended(site, "rollback", {}, said="磁盘满了", failed=["rollback"])
    assert "退回没有完成" in client.get("/maintain/history").text
    ended(site, "evaluate", {"evaluate": {"n": 0, "passed": None, "generation": "g", "results": []}})
    assert "退回没有完成" not in client.get("/maintain/history").text


def test_a_page_in_english_has_no_chinese_of_ours(client, site, no_work):
    upload(client, "notice.txt", "Only English here. " * 3)
    for path in ("", "documents", "aliases", "questions", "history", "health"):
        found = client.get(f"/maintain/{path}", headers={"accept-language": "en"})
        assert found.status_code == 200 and '<html lang="en"' in found.text


def test_every_word_of_the_templates_has_its_english():
    said = set()
    for path in [*(TEMPLATES / "maintain").glob("*.html"), *(Path(__file__).parents[1] / "web/maintain").glob("*.py")]:
        text = path.read_text("utf-8")
        for call in re.findall(r"\bsay\((.*?)\)(?=[\s},<|)]|$)", text, re.DOTALL):
            said |= set(re.findall(r"[\"']([^\"']*[\u4e00-\u9fff][^\"']*)[\"']", call))
    assert said - set(ENGLISH) == set()


def test_another_site_cannot_apply_anything(client, no_work):
    for path in (
        "apply",
        "upload",
        "rollback",
        "plan",
        "withdraw",
        "remove",
        "facts",
        "aliases",
        "restore",
        "evaluate",
    ):
        assert client.post(f"/maintain/{path}", headers={"origin": "https://evil.example"}).status_code == 403
        assert client.post(f"/maintain/{path}", headers={"origin": HOME, "sec-fetch-site": "cross-site"}).status_code == 403  # fmt: skip
    assert not no_work
