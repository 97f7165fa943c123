"""What could not be answered comes together in groups, and a proposal takes it as far as a maintainer's plan."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from ingest.waiting import WaitingArea
from tests.front import built, open_site, signed_in
from tests.test_chat import EVIL, harmless
from web.explanation import explanation
from web.staff.ledger import Ledger
from web.staff.proposals import Incomplete, Proposals
from web.staff.unanswered import Known, Remembered, likenesses, unanswered
from web.tables import proposals as proposed
from web.tables import records as table

DOCUMENTS = Path(__file__).parents[1] / "documents"
FEES = ("会费多少钱？", "会费要交多少", "会费多少钱")


@pytest.fixture(scope="module")
def shared(assistant, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(DOCUMENTS, folder / "documents")
    site = open_site(assistant, folder, documents=folder / "documents")
    yield site, built(site)
    site.records.close()


@pytest.fixture
def site(shared):
    site, _ = shared
    with site.records.database.write() as connection:
        connection.execute(table.delete())
        connection.execute(proposed.delete())
    area = WaitingArea(site.settings.data, site.settings.documents)
    area.clear(area.entries())
    return site


def asked(site, *questions: str) -> list[str]:
    assistant = site.assistant()
    answers = [assistant.answer(question) for question in questions]
    return [site.records.add(answer, explanation(answer, assistant)) for answer in answers]


def groups_of(site, known=None):
    covered = Proposals(site.records.database).covered()
    sections, count = unanswered(site.records.database, site.assistant(), covered, "", known or Known())
    return [group for _, groups in sections for group in groups], count


def waiting(site):
    return WaitingArea(site.settings.data, site.settings.documents).entries()


def test_questions_that_mean_the_same_are_one_group_and_others_are_not(site):
    asked(site, *FEES, "食堂几点开饭", "宗旨是什么？")
    groups, count = groups_of(site)
    assert count == 4 and sorted(group.count for group in groups) == [1, 3]
    fees = max(groups, key=lambda group: group.count)
    assert fees.questions[0].startswith("会费多少钱") and len(fees.questions) == 2 and "会费" in fees.missing
    assert fees.section and len(fees.nearest) == 3 and fees.now == "refused"


def test_a_word_that_stands_everywhere_makes_nothing_alike(assistant):
    rows = likenesses(["会费多少钱", "会费标准是多少", "协会电话多少", "协会地址在哪"], assistant)
    alike = rows @ rows.T
    assert alike[0, 1] > 0.7 > 0.5 > alike[2, 3]


def test_what_readers_found_unhelpful_is_there_and_a_refusal_signed_as_right_is_not(site):
    helpful, unhelpful, refused = asked(site, "宗旨是什么？", "业务范围有哪些？", "食堂几点开饭")
    site.records.feedback(helpful, True)
    site.records.feedback(unhelpful, False, "不完整")
    Ledger(site.records.database).sign(refused, "李四", "right")
    groups, count = groups_of(site)
    assert count == 1 and groups[0].disliked == 1 and groups[0].numbers == [unhelpful]


def test_a_second_visit_works_out_what_is_new_and_forgets_what_is_gone(site, monkeypatch):
    known, worked_out = Known(), []
    monkeypatch.setattr("web.staff.unanswered.likenesses", lambda questions, assistant: worked_out.append(list(questions)) or likenesses(questions, assistant))  # fmt: skip
    [first] = asked(site, "食堂几点开饭")
    before, _ = groups_of(site, known)
    asked(site, "会费多少钱？")
    site.records.delete(first)
    after, _ = groups_of(site, known)
    assert worked_out == [["食堂几点开饭"], ["会费多少钱？"]] and [group.questions for group in after] == [
        ["会费多少钱？"]
    ]
    asked(site, "食堂几点开饭")
    again, _ = groups_of(site, known)
    assert worked_out[-1] == ["食堂几点开饭"] and before[0].now == again[-1].now == "refused"


def test_what_was_worked_out_for_one_index_is_not_taken_for_another():
    known = Remembered()
    assert known.of("g1", ["甲", "乙", "甲"], lambda new: [name + "1" for name in new]) == ["甲1", "乙1", "甲1"]
    assert known.of("g1", ["乙"], lambda new: [name + "2" for name in new]) == ["乙1"]
    assert known.of("g2", ["乙"], lambda new: [name + "2" for name in new]) == ["乙2"]


def test_a_proposal_is_accepted_into_what_waits_to_be_planned(shared, site):
    numbers = asked(site, *FEES)
    with signed_in(shared[1], site, "staff", "李四") as staff, signed_in(shared[1], site, "maintainer", "张三") as boss:
        said = {"kind": "scope", "question": "会费多少钱？", "numbers": " ".join(numbers)}
        assert staff.post("/staff/proposals", data=said).status_code == 303
        page = staff.get("/staff/unanswered").text
        assert "已提议" in page and "李四 提议" in page and "/accept" not in page
        number = Proposals(site.records.database).all("open")[0].id
        refused = staff.post(f"/staff/proposals/{number}/accept")
        assert refused.status_code == 403 and "只有维护人员" in refused.text and not waiting(site)
        assert boss.post(f"/staff/proposals/{number}/accept").status_code == 303
        assert "已采纳" in staff.get("/staff/unanswered").text
        assert boss.post(f"/staff/proposals/{number}/accept").status_code == 404, "once"
    [entry] = waiting(site)
    assert entry.kind == "question" and entry.by == "张三" and '"expect": "refused"' in entry.values[0]


def test_an_alias_is_added_to_those_there_are(shared, site):
    full = "国家市场监督管理总局"
    with signed_in(shared[1], site, "maintainer", "张三") as boss:
        for short in ("市监总局", "总局"):
            boss.post("/staff/proposals", data={"kind": "alias", "full": full, "short": short})
        for proposal in reversed(Proposals(site.records.database).all("open")):
            boss.post(f"/staff/proposals/{proposal.id}/accept")
    [entry] = waiting(site)
    assert entry.values == ("市场监管总局", "国家市场监管总局", "市监总局", "总局")


def test_a_name_that_means_two_bodies_is_refused_with_a_reason(shared, site):
    with signed_in(shared[1], site, "maintainer", "张三") as boss:
        boss.post("/staff/proposals", data={"kind": "alias", "full": "工业和信息化部", "short": "发改委"})
        [proposal] = Proposals(site.records.database).all("open")
        reply = boss.post(f"/staff/proposals/{proposal.id}/accept")
        assert reply.status_code == 409 and "发改委" in reply.text and not waiting(site)
        assert Proposals(site.records.database).all("open"), "still to be decided"
        boss.post(f"/staff/proposals/{proposal.id}/decline")
        assert not Proposals(site.records.database).all("open")


def test_a_question_that_should_be_answered_expects_words_of_a_document(shared, site):
    numbers = asked(site, FEES[0])
    with signed_in(shared[1], site, "maintainer", "张三") as boss:
        page = boss.get("/staff/unanswered").text
        quote = re.search(r'name="quote" required><option value="([^"]+)"', page)[1]
        said = {"kind": "question", "question": FEES[0], "quote": quote, "numbers": numbers[0]}
        boss.post("/staff/proposals", data=said)
        [proposal] = Proposals(site.records.database).all("open")
        assert boss.post(f"/staff/proposals/{proposal.id}/accept").status_code == 303
    assert any(quote in document.text for document in site.assistant().generation.archive.documents())
    assert waiting(site)[0].kind == "question"


@pytest.mark.parametrize("said", [{}, {"kind": "nonsense", "question": "x"}, {"kind": "alias", "full": "x"}, {"kind": "question", "question": " "}])  # fmt: skip
def test_what_is_incomplete_is_not_taken(shared, site, said):
    with signed_in(shared[1], site, "staff", "李四") as staff:
        assert staff.post("/staff/proposals", data=said).status_code == 422
    assert not Proposals(site.records.database).all("open")
    with pytest.raises(Incomplete):
        Proposals(site.records.database).add("李四", "scope", {}, [])


def test_markup_in_questions_and_proposals_is_only_text(shared, site):
    [number] = asked(site, EVIL)
    site.records.feedback(number, False, EVIL)
    with signed_in(shared[1], site, "maintainer", "张三") as boss:
        boss.post("/staff/proposals", data={"kind": "alias", "full": EVIL, "short": EVIL})
        page = boss.get("/staff/unanswered").text
    page = re.sub(r'<link rel="icon"[^>]*>|<script defer src="/staff/desk\.js\?v=\w+"></script>', "", page)
    assert harmless(page) and "&lt;script" in page
