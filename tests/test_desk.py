"""The staff desk: what was answered a minute ago is found, looked at beside its sources, and signed."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from assistant.answer import Answer
from tests.front import browser, built, log_lines, open_site, signed_in
from tests.test_chat import EVIL, harmless
from web.database import stamp
from web.explanation import explanation
from web.maintain.desk import RECENT_FILE, forget_expired_questions
from web.staff.export import disarmed
from web.staff.ledger import Ledger, Wanted
from web.strings import ZH
from web.tables import records as table
from web.words import ENGLISH

WEB = Path(__file__).parents[1] / "web"
PLAIN, LIST, UNKNOWN = "宗旨是什么？", "业务范围有哪些？", "会费多少钱？"


@pytest.fixture(scope="module")
def shared(assistant, tmp_path_factory):
    site = open_site(assistant, tmp_path_factory.mktemp("site"))
    yield site, built(site)
    site.records.close()


@pytest.fixture
def site(shared):
    site, _ = shared
    with site.records.database.write() as connection:
        connection.execute(table.delete())
    return site


@pytest.fixture
def staff(shared, site):
    with signed_in(shared[1], site, "staff", "李四") as client:
        yield client


def recorded(site, asked: str, minutes_ago: float = 0, **changed: object) -> str:
    assistant = site.assistant()
    answer = assistant.answer(asked)
    number = site.records.add(replace(answer, **changed), explanation(answer, assistant))
    created = stamp(datetime.now(UTC) - timedelta(minutes=minutes_ago))
    with site.records.database.write() as connection:
        connection.execute(update(table).where(table.c.number == number).values(created=created))
    return number


def numbers(page: str) -> list[str]:
    return re.findall(r"data-row href=\"/staff/records/(\w+)", page)


# --- finding and signing --------------------------------------------------------------------------------------------


def test_what_was_asked_a_minute_ago_stands_first_and_is_signed_in_three_steps(staff, site, shared):
    recorded(site, LIST, minutes_ago=5)
    with browser(shared[1]) as visitor:
        number = visitor.post("/api/ask", json={"question": PLAIN}).json()["record"]
    assert numbers(staff.get("/staff/").text)[0] == number
    page = staff.get(f"/staff/records/{number}").text
    assert PLAIN in page and "逐字摘自原文" in page and "<mark" in page and "与现有原文一致" in page
    assert re.search(r'href="/d/[^"]+\?q=\d+-\d+#quote" data-open', page)
    signed = staff.post(f"/staff/records/{number}/sign", data={"verdict": "right"})
    assert signed.status_code == 303 and number not in numbers(staff.get("/staff/").text)
    review = Ledger(site.records.database).reviews(number)[0]
    assert (review.person, review.verdict, review.reason) == ("李四", "right", "")


def test_signing_leads_to_the_next_one_and_at_the_end_back_to_the_list(staff, site):
    newest, oldest = recorded(site, PLAIN), recorded(site, LIST, minutes_ago=3)
    on = staff.post(f"/staff/records/{newest}/sign", data={"verdict": "right"}).headers["location"]
    assert on.startswith(f"/staff/records/{oldest}?signed={newest}")
    back = staff.post(f"/staff/records/{oldest}/sign", data={"verdict": "right"}).headers["location"]
    assert back == f"/staff/?signed={oldest}" and "没有要核对的了" in staff.get(back).text


def test_the_next_one_says_what_was_just_signed_so_that_a_slip_is_seen(staff, site):
    newest, _ = recorded(site, PLAIN), recorded(site, LIST, minutes_ago=3)
    on = staff.post(f"/staff/records/{newest}/sign", data={"verdict": "wrong"}).headers["location"]
    page = staff.get(on).text
    assert LIST in page and re.search(rf'已记下：<span class="tick wrong">.*"/staff/records/{newest}">{PLAIN}', page)


def test_a_refusal_is_judged_by_what_lay_nearest(staff, site):
    page = staff.get(f"/staff/records/{recorded(site, UNKNOWN)}").text
    nearest, _ = page.split('id="opened"')
    assert "最接近的原文" in nearest and len(re.findall(r'href="/d/[^"]+" data-open', nearest)) == 3
    assert "摘自原文" not in nearest, "nothing was"


def test_what_is_wrong_has_a_reason_without_personal_numbers(staff, site):
    number = recorded(site, PLAIN)
    said = {"verdict": "wrong", "reason": "不完整", "note": "打13800138000问我"}
    staff.post(f"/staff/records/{number}/sign", data=said)
    page = staff.get(f"/staff/records/{number}").text
    assert "有误" in page and "不完整：打〔手机号〕问我" in page
    assert numbers(staff.get("/staff/?kind=wrong").text) == [number]


def test_one_takes_back_one_s_own_word_and_nobody_else_s(staff, site, shared):
    number, ledger = recorded(site, PLAIN), Ledger(site.records.database)
    ledger.sign(number, "王五", "wrong", "引用不对")
    staff.post(f"/staff/records/{number}/unsign")
    assert site.records.get(number).verdict == "wrong"
    staff.post(f"/staff/records/{number}/sign", data={"verdict": "right"})
    assert site.records.get(number).verdict == "right"
    staff.post(f"/staff/records/{number}/unsign")
    assert site.records.get(number).verdict == "wrong" and len(ledger.reviews(number)) == 1


@pytest.mark.parametrize("verdict", ["", "maybe", "right' OR 1=1"])
def test_no_other_verdict_is_written_down(staff, site, verdict):
    number = recorded(site, PLAIN)
    staff.post(f"/staff/records/{number}/sign", data={"verdict": verdict})
    assert site.records.get(number).verdict == ""


def test_a_number_that_is_nobody_s_leads_nowhere(staff, site):
    for act in ("sign", "unsign", "withdraw", "delete"):
        assert staff.post(f"/staff/records/NOTHING0/{act}", data={"verdict": "right"}).status_code == 404
    assert staff.get("/staff/records/NOTHING0").status_code == 404


def test_before_and_after_follow_the_list(site):
    ledger = Ledger(site.records.database)
    found = [recorded(site, PLAIN, minutes_ago=n // 2) for n in range(6)]  # two in each minute
    order = [record.number for record in ledger.page(Wanted())]
    assert sorted(order) == sorted(found) and [r.number for r in ledger.every(Wanted())] == order
    for place, number in enumerate(order):
        before, after = ledger.beside(site.records.get(number), Wanted())
        assert before == (order[place - 1] if place else "")
        assert after == (order[place + 1] if place < 5 else "")


def test_a_record_is_withdrawn_and_deleted_with_all_that_hangs_on_it(staff, site):
    number = recorded(site, PLAIN)
    token = site.records.share(number, 3)
    staff.post(f"/staff/records/{number}/sign", data={"verdict": "right"})
    assert staff.post(f"/staff/records/{number}/withdraw").status_code == 303 and site.records.shared(token) is None
    compared = site.settings.data / "work" / "plan"
    compared.mkdir(parents=True)
    (site.settings.data / "recent.jsonl").write_text(PLAIN, "utf-8")
    assert staff.post(f"/staff/records/{number}/delete").headers["location"] == "/staff/"
    assert not compared.exists() and not (site.settings.data / "recent.jsonl").exists(), "its question may be there"
    assert site.records.get(number) is None and not Ledger(site.records.database).reviews(number)


def test_a_comparison_goes_once_one_of_its_questions_has_expired_with_its_record(site):
    recorded(site, PLAIN, minutes_ago=3 * 24 * 60)
    recorded(site, UNKNOWN)
    asked = site.settings.data / RECENT_FILE
    asked.write_text("".join(json.dumps({"question": question}) + "\n" for question in (PLAIN, UNKNOWN)), "utf-8")
    forget_expired_questions(site.settings.data, site.records)
    assert asked.exists()
    assert site.records.expire(2, datetime.now(UTC)) == 1
    forget_expired_questions(site.settings.data, site.records)
    assert not asked.exists()
    forget_expired_questions(site.settings.data, site.records)  # nothing is there: nothing to do


# --- filters, search, export ----------------------------------------------------------------------------------------


def test_filters_show_what_they_say(staff, site):
    refused = recorded(site, UNKNOWN)
    answered = recorded(site, PLAIN)
    near = recorded(site, LIST, margin=0.4)
    site.records.feedback(answered, False, "不完整")
    Ledger(site.records.database).sign(near, "王五", "right")

    def found(query: str) -> set[str]:
        return set(numbers(staff.get(f"/staff/?{query}").text))

    assert found("kind=refused") == {refused}
    assert found("kind=disliked") == {answered}
    assert found("kind=low") == {near}
    assert found("kind=right") == {near} and found("kind=wrong") == set()
    assert found("") == {refused, answered} and found("kind=all") == {refused, answered, near}
    assert found("kind=nonsense") == found("")


def test_records_are_found_by_document_day_words_and_number(staff, site):
    old, new = recorded(site, PLAIN, minutes_ago=3 * 24 * 60), recorded(site, UNKNOWN)
    today = datetime.now().astimezone().date()

    def found(**query: object) -> set[str]:
        return set(numbers(staff.get("/staff/", params=query).text))

    [document] = Ledger(site.records.database).documents()
    assert found(document=document) == {old} and found(document="other.txt") == set()
    assert found(since=today) == {new} and found(until=today - timedelta(days=1)) == {old}
    assert found(since="soon") == {old, new}
    assert found(q="会费") == {new} and found(q="服务会员") == {old}, "words of the answer count too"
    assert found(q=f"{old[:4].lower()}-{old[4:]}") == {old}
    site.records.feedback(new, liked=False, reason="想知道金额")
    assert found(q="金额") == {new}
    assert found(q="milliseconds") == set() == found(q='"text"'), "what only a program reads is not searched"
    assert found(q="%") == set() == found(q="_____"), "a wildcard is a character like others"


def test_whoever_finds_nothing_can_look_for_something_else(staff, site):
    recorded(site, PLAIN)
    page = staff.get("/staff/?kind=wrong&q=没有这样的词&since=2024-01-01").text
    assert "没有这样的记录" in page and 'value="没有这样的词"' in page and 'value="2024-01-01"' in page
    assert 'href="/staff/?kind=wrong">清除条件' in page and "清除条件" not in staff.get("/staff/?kind=wrong").text


def test_a_greeting_is_nothing_to_check(staff, site):
    recorded(site, "你好")
    assert numbers(staff.get("/staff/?kind=all").text) == []


def test_the_export_is_whole_and_computes_nothing(staff, site):
    recorded(site, LIST)
    evil = recorded(site, PLAIN, question='=HYPERLINK("http://evil.example","点我")')
    with log_lines() as lines:
        reply = staff.get("/staff/records.csv?kind=all")
    assert reply.headers["content-type"].startswith("text/csv") and "attachment" in reply.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(reply.content.decode("utf-8-sig"))))
    assert len(rows) == 2 and {row["记录号"] for row in rows} >= {evil}
    assert next(row for row in rows if row["记录号"] == evil)["问题"].startswith("'=")
    assert any("（十八）" in row["出处"] for row in rows)
    assert any(line.get("person") == "李四" and line["message"] == "exported" for line in lines)


@pytest.mark.parametrize("cell", ["=1+1", "+86", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1+1", "\u3000=1"])
def test_a_cell_that_begins_like_a_formula_is_text(cell):
    assert disarmed(cell) == "'" + cell
    assert disarmed("宗旨=服务") == "宗旨=服务"


# --- what a record shows ---------------------------------------------------------------------------------------------


def test_a_record_tells_how_it_came_about(staff, site):
    page = staff.get(f"/staff/records/{recorded(site, '高质量发展靠什么当头号动力')}").text
    for said in ("怎样找到的", "词语", "字组", "向量", "合并后", "把握", "查找用语", "用时", "索引", "高质量"):
        assert said in page
    assert re.search(r'class="score">\d\.\d{3}', page) and re.search(r"[+-]\d\.\d\d <span", page)


def test_a_record_stays_as_it_was_when_the_documents_have_moved_on(staff, site):
    number = recorded(site, PLAIN)
    with site.records.database.write() as connection:
        row = connection.execute(table.select().where(table.c.number == number)).one()
        connection.execute(
            update(table).where(table.c.number == number).values(
                answer=row.answer.replace("服务会员", "服务旧会员"), explanation=row.explanation.replace("服务会员", "服务旧会员")
            )
        )  # fmt: skip
    page = staff.get(f"/staff/records/{number}").text
    assert "服务旧会员" in page and "原文已更新" in page


def test_asking_again_shows_then_and_now_side_by_side(staff, site):
    number = recorded(site, PLAIN)
    assert "与当时完全一样" in staff.get(f"/staff/records/{number}?now=1").text
    with site.records.database.write() as connection:
        row = connection.execute(table.select().where(table.c.number == number)).one()
        values = {"answer": row.answer.replace("服务会员", "服务旧会员")}
        connection.execute(update(table).where(table.c.number == number).values(**values))
    page = staff.get(f"/staff/records/{number}?now=1").text
    assert "与当时不同" in page and "服务旧会员" in page and "服务会员" in page


def test_a_record_from_before_these_were_kept_can_still_be_read(staff, site):
    answer = Answer(PLAIN, PLAIN, "refused", ZH.refused, generation="g")
    page = staff.get(f"/staff/records/{site.records.add(answer, {})}")
    assert page.status_code == 200 and ZH.refused in page.text


def test_markup_is_only_text_on_every_page_of_the_desk(staff, site):
    assistant = site.assistant()
    answer = assistant.answer(PLAIN)
    passage = replace(answer.citations[0].passage, title=EVIL, label=EVIL, document=EVIL)
    quote = replace(answer.citations[0].quote, passage=passage)
    number = site.records.add(
        replace(
            answer, question=EVIL, searched=EVIL, writer=EVIL[:70], notices=(EVIL,), missing=(EVIL,), generation=EVIL,
            citations=(replace(answer.citations[0], quote=quote, label=EVIL),), statements=(replace(answer.statements[0], text=EVIL, quotes=(quote,)),),
            hits=tuple(replace(hit, passage=replace(hit.passage, title=EVIL, text=EVIL)) for hit in answer.hits),
        ),
        explanation(replace(answer, searched=EVIL), assistant),
    )  # fmt: skip
    site.records.feedback(number, False, EVIL)
    staff.post(f"/staff/records/{number}/sign", data={"verdict": "wrong", "reason": EVIL, "note": EVIL, "q": EVIL})
    for path in ("/staff/?kind=all", f"/staff/?kind=all&q={EVIL[:9]}", f"/staff/records/{number}", f"/staff/records/{number}?now=1&q=<img>"):  # fmt: skip
        page = staff.get(path).text
        page = re.sub(r'<link rel="icon"[^>]*>|<script defer src="/staff/desk\.js\?v=\w+"></script>|<iframe title="[^"]*" src="about:blank">', "", page)  # fmt: skip
        assert harmless(page), path


# --- words ----------------------------------------------------------------------------------------------------------


def test_every_word_of_the_desks_has_its_english():
    said: set[str] = set()
    for path in [*WEB.rglob("*.html"), *WEB.rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        for call in re.findall(r"say\(((?:[^()]|\([^()]*\))*)\)", text):
            said |= set(re.findall(r"[\"']([^\"']*[\u4e00-\u9fff][^\"']*)[\"']", call))
    assert len(said) > 60 and said <= set(ENGLISH), said - set(ENGLISH)


def test_the_desk_speaks_english_to_a_browser_that_asks_for_it(staff, site):
    page = staff.get(f"/staff/records/{recorded(site, PLAIN)}", headers={"accept-language": "en"}).text
    assert '<html lang="en"' in page and "How it was found" in page and "To be checked" in page
