"""Plans: what an ingest would change, clause by clause, and that nothing is written by asking."""

import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.clauses import Clause, compare, word_diff
from ingest.load import Source, load
from ingest.pipeline import ingest, read_folder
from ingest.plan import plan
from ingest.structure import read_structure
from ingest.terminal import Ink, plan_lines
from ingest.versions import find_near_copies, find_versions, replacements, title_key
from vectorstore.archive import WorkTitle
from vectorstore.generation import Generation, current

SHARED = Path(__file__).parents[1] / ".." / "shared" / "bench" / "laws_versions"
ARTICLES = [
    "本会名称是某某协会，英文缩写为MMA。",
    "本会宗旨是服务会员，反映诉求，规范行为。",
    "会员入会须提交申请书，经理事会讨论通过后发给会员证。",
    "会员应当按时交纳会费，连续两年不交纳的视为自动退会。",
    "本会的经费来源是会费、捐赠和政府资助。",
]
NUMBERS = "一二三四五六七八九十"


def charter(articles, heading="# 某某协会章程") -> str:
    lines = "\n\n".join(f"第{n}条 {text}" for n, text in zip(NUMBERS, articles, strict=False))
    return f"{heading}\n\n## 第一章 总则\n\n{lines}\n"


@pytest.fixture
def folder(tmp_path) -> Path:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "章程.md").write_text(charter(ARTICLES), "utf-8")
    (documents / "通知.txt").write_text("关于召开年会的通知\n\n各会员单位：定于2024年5月召开年会。\n", "utf-8")
    return documents


@pytest.fixture
def run(folder, tmp_path, encoder):
    return lambda: ingest(
        folder,
        tmp_path / "data",
        encoder=encoder,
        passage_chars=500,
        check=lambda f: None,
        progress=lambda t: None,
    )


@pytest.fixture
def planned(folder, tmp_path, encoder):
    return lambda: plan(read_folder(folder, tmp_path / "data", 500, lambda text: None), encoder)


def changes(found, document):
    [change] = [change for change in found.documents if change.document == document]
    return {(clause.kind, clause.old_label, clause.label) for clause in change.clauses}


def test_the_first_plan_says_all_is_new_and_writes_nothing(planned, tmp_path):
    found = planned()
    assert [change.kind for change in found.documents] == ["added", "added"]
    assert found.embeddings == found.passages_after > 0 and not found.nothing
    assert not (tmp_path / "data").exists()


def test_nothing_changed_is_said(run, planned):
    run()
    found = planned()
    assert found.nothing and not found.documents and found.embeddings == 0


def test_a_word_in_one_article_is_one_changed_clause_and_one_embedding(run, planned, folder):
    run()
    (folder / "章程.md").write_text(
        charter([*ARTICLES[:1], "本会宗旨是服务社会，反映诉求，规范行为。", *ARTICLES[2:]]), "utf-8"
    )
    found = planned()
    [change] = found.documents
    [clause] = change.clauses
    assert (change.kind, clause.kind, clause.label) == ("changed", "changed", "第一章第二条")
    assert [(run.kind, run.text) for run in clause.words if run.kind != "same"] == [
        ("removed", "会员"),
        ("added", "社会"),
    ]
    assert found.embeddings == 1


def test_an_article_put_in_between_renumbers_the_others_and_removes_none(run, planned, folder):
    run()
    new = "本会的登记管理机关是民政部门，接受其监督管理。"
    (folder / "章程.md").write_text(charter([*ARTICLES[:2], new, *ARTICLES[2:]]), "utf-8")
    found = changes(planned(), "章程.md")
    assert found == {
        ("added", "", "第一章第三条"),
        ("renumbered", "第一章第三条", "第一章第四条"),
        ("renumbered", "第一章第四条", "第一章第五条"),
        ("renumbered", "第一章第五条", "第一章第六条"),
    }


def test_an_article_renumbered_and_changed_is_compared_with_what_it_was(run, planned, folder):
    run()
    edited = "会员入会须提交申请书，经常务理事会讨论通过后发给会员证。"
    (folder / "章程.md").write_text(charter([ARTICLES[0], edited, *ARTICLES[3:]]), "utf-8")
    found = changes(planned(), "章程.md")
    assert ("changed", "第一章第三条", "第一章第二条") in found and ("removed", "第一章第二条", "第一章第二条") in found


def test_removed_and_renamed_files_are_told_apart(run, planned, folder):
    run()
    (folder / "章程.md").rename(folder / "协会章程.md")
    (folder / "通知.txt").unlink()
    kinds = {change.document: (change.kind, change.old_document) for change in planned().documents}
    assert kinds == {"协会章程.md": ("renamed", "章程.md"), "通知.txt": ("removed", "通知.txt")}


def test_what_cannot_be_read_and_what_looks_like_navigation_is_listed(run, planned, folder):
    capture = Path(__file__).parents[1] / "documents" / "caqi-quality-month-2018.txt"
    shutil.copy(capture, folder / "网页.txt")
    (folder / "坏.txt").write_bytes(b"\x00\x01" * 100)
    (folder / "空.txt").write_text(" ", "utf-8")
    found = planned()
    assert {file.path: file.status for file in found.files if file.status in ("skip", "reject")} == {
        "坏.txt": "reject",
        "空.txt": "skip",
    }
    text = capture.read_text("utf-8")
    assert found.unindexed and all(text[span.start : span.end] == span.text for span in found.unindexed)


def test_a_new_version_that_cannot_be_read_is_a_warning_until_it_can(run, planned, folder):
    run()
    good = (folder / "通知.txt").read_bytes()
    for bad, reason in ((b"\x00\x01" * 100, "不是文本"), (b"", "文件是空的")):
        (folder / "通知.txt").write_bytes(bad)
        for _ in range(2):  # also when the index has been brought in line with the folder
            [warning] = planned().warnings
            assert warning.startswith("通知.txt 现在的内容读不出（" + reason) and "仍是原有的版本" in warning
            assert any(warning in line for line in plan_lines(planned(), Ink(io.StringIO())))
            assert run().documents == 2
    (folder / "通知.txt").write_bytes(good)
    assert planned().warnings == ()


def test_what_a_maintainer_should_check_though_it_was_read_is_said_before_it_is_applied(planned, monkeypatch):
    def recognised(path, folder, pages):
        yield from (replace(source, notice="文字是从图中识别的，请核对") for source in load(path, folder))

    monkeypatch.setattr("ingest.pipeline.load", recognised)
    assert any(warning.endswith("：文字是从图中识别的，请核对。") for warning in planned().warnings)


def test_applying_gives_what_the_plan_said(run, planned, folder):
    run()
    (folder / "章程.md").write_text(charter([*ARTICLES[:2], *ARTICLES[3:], "本章程自通过之日起施行。"]), "utf-8")
    (folder / "新.txt").write_text("关于评选的通知\n\n各单位：现开展评选工作。\n", "utf-8")
    found = planned()
    report = run()
    assert (report.documents, report.passages, report.embedded) == (
        found.documents_after,
        found.passages_after,
        found.embeddings,
    )
    assert [(f.path, f.status, f.reason) for f in report.files] == [(f.path, f.status, f.reason) for f in found.files]
    assert planned().nothing


def test_colours_are_for_terminals_and_not_for_who_wants_none(planned):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    lines = [
        "\n".join(plan_lines(planned(), Ink(stream, env)))
        for stream, env in (
            (Terminal(), {}),
            (Terminal(), {"NO_COLOR": "1"}),
            (Terminal(), {"TERM": "dumb"}),
            (io.StringIO(), {}),
        )
    ]
    assert ["\033" in text for text in lines] == [True, False, False, False]
    assert "python -m ingest" in lines[3]


def test_a_name_cannot_command_the_terminal(planned, folder):
    (folder / "坏.txt").write_text("# \033]0;x\007标题\n\n正文在这里。\n", "utf-8")
    assert not any(c in "\n".join(plan_lines(planned(), Ink(io.StringIO()))) for c in "\033\007")


TEXTS = st.lists(st.text(alphabet="会员协章程一二，。 a1", min_size=1, max_size=12), max_size=8)


@given(TEXTS, TEXTS)
@settings(max_examples=60, deadline=None)
def test_every_clause_is_accounted_for_once(old, new):
    before, after = ([Clause(f"第{i}条", text, text) for i, text in enumerate(texts)] for texts in (old, new))
    found = compare(before, after)
    gone = [change for change in found if change.kind == "removed"]
    come = [change for change in found if change.kind == "added"]
    assert len(before) - len(gone) == len(after) - len(come)
    assert compare(before, before) == ()


@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_a_word_diff_holds_both_texts(old, new):
    runs = word_diff(old, new)
    assert "".join(run.text for run in runs if run.kind != "removed") == new
    assert "".join(run.text for run in runs if run.kind != "added") == old


# Versions and copies


def read(id, text, title=""):
    return read_structure(Source(id, id, title, text))


def works_of(*documents):
    return [WorkTitle(document.id, work, "") for document in documents for work in document.works]


def test_two_editions_of_a_charter_are_one_work_and_the_later_replaces_the_earlier(folder, run, tmp_path, encoder):
    (folder / "章程2020.md").write_text(
        charter(ARTICLES[:4], "# 某某协会章程\n\n（2015年3月1日会员代表大会通过）"), "utf-8"
    )
    (folder / "章程.md").write_text(charter(ARTICLES, "# 某某协会章程\n\n（2020年5月1日会员代表大会通过）"), "utf-8")
    run()
    generation = Generation.open(current(tmp_path / "data"), encoder)
    status = {name: generation.archive.document(name).works[0] for name in ("章程.md", "章程2020.md")}
    generation.close()
    assert (status["章程2020.md"].status, status["章程2020.md"].replaced_by) == ("已修订", "章程.md")
    assert (status["章程.md"].status, status["章程.md"].replaced_by) == ("", "")
    (folder / "章程.md").unlink()
    run()
    generation = Generation.open(current(tmp_path / "data"), encoder)
    assert generation.archive.document("章程2020.md").works[0].replaced_by == ""
    generation.close()


def test_what_the_catalogue_calls_in_force_is_not_replaced(folder, planned):
    (folder / "新.md").write_text(charter(ARTICLES[:4], "# 某某协会章程\n\n（2020年5月1日会员代表大会通过）"), "utf-8")
    (folder / "章程.md").write_text(charter(ARTICLES, "# 某某协会章程\n\n（2015年3月1日会员代表大会通过）"), "utf-8")
    (folder / "catalogue.yaml").write_text("章程.md:\n  某某协会章程:\n    status: 现行\n", "utf-8")
    found = planned()
    assert [(pair.older, pair.newer, pair.known_order) for pair in found.versions] == [("新.md", "章程.md", True)]
    assert found.replaced == (("新.md", 0, "章程.md"),)


def test_without_dates_nothing_is_called_newer():
    one, other = read("a.md", charter(ARTICLES)), read("b.md", charter(ARTICLES[:4]))
    works = works_of(one, other)
    [pair] = find_versions(works, {"a.md": one, "b.md": other}.__getitem__)
    assert not pair.known_order and not replacements([pair], works)


def test_notices_of_one_title_are_no_versions():
    texts = [f"# 关于召开年会的通知\n\n各会员单位：定于{year}年5月召开年会，请准时参加。\n" for year in (2023, 2024)]
    documents = {f"{n}.md": read(f"{n}.md", text) for n, text in enumerate(texts)}
    assert find_versions(works_of(*documents.values()), documents.__getitem__) == ()


def test_titles_without_their_edition():
    assert title_key("《某某协会章程》（2020年修订）") == title_key("某某协会章程(试行)") == "某某协会章程"
    assert title_key("关于网络纠纷的规定（一）") != title_key("关于网络纠纷的规定（二）")


def test_near_copies_are_found_and_others_are_not():
    texts = [f"第{n}段的内容各不相同。" for n in range(20)]
    found = find_near_copies({"a": texts, "b": [*texts[:19], "改过的一段。"], "c": texts[:3], "d": ["别的。"]})
    assert [(copy.one, copy.other) for copy in found] == [("a", "b")]


@pytest.mark.shared
def test_every_known_pair_of_statute_versions_is_reported():
    if not SHARED.exists():
        pytest.skip("shared question sets are absent")
    lines = [json.loads(line) for line in (SHARED / "corpus.jsonl").read_text("utf-8").splitlines()]
    documents = {line["doc_id"]: read(line["doc_id"], line["text"], line["title"]) for line in lines}
    found = find_versions(works_of(*documents.values()), documents.__getitem__)
    reported = {frozenset((pair.older, pair.newer)) for pair in found}
    pairs = [json.loads(line) for line in (SHARED / "pairs.jsonl").read_text("utf-8").splitlines()]
    assert all(frozenset((pair["old"], pair["new"])) in reported for pair in pairs)
    order = {(pair.older, pair.newer) for pair in found if pair.known_order}
    assert not any((pair["new"], pair["old"]) in order for pair in pairs)
