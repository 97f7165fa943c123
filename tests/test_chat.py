"""The conversation's markup: a pure function of the answer and the documents."""

from __future__ import annotations

import asyncio
import re
from dataclasses import fields, replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from assistant.answer import Answer, Form
from assistant.assistant import Assistant
from assistant.model import ChatModel
from tests.front import open_site
from tests.scripted_model import KEY, SILENT, first_sentence, scripted
from vectorstore.generation import Generation
from web.chat import _Talk, build_page, rewrite_html
from web.explanation import explanation
from web.markup import around, cards, chinese_date, document_link, official_citation, shown_title
from web.settings import WebSettings
from web.strings import EN, ZH, strings_for
from web.suggestions import follow_ups, starters
from web.turn import lines, rewritten, turn

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'${alert(3)}`{{7*7}}"
FILE = "caqi-quality-month-2018.txt"


class _Tags(HTMLParser):
    """The tags and attributes a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Tags()
    parser.feed(html)
    return parser.seen


def harmless(html: str) -> bool:
    found = tags(html)
    return not any(tag in ("script", "img", "iframe", "style") for tag, _ in found) and not any(
        name.startswith("on") or (value or "").lower().startswith("javascript:")
        for _, attributes in found
        for name, value in attributes.items()
    )


def shown(answer: Answer | dict[str, Any], generation: Generation, **more: Any) -> str:
    said = answer if isinstance(answer, dict) else answer.to_json()
    options: dict[str, Any] = {"key": "t1", "number": "Q7F3K9QX", "t": ZH, "settings": WebSettings.read()}
    return turn(said, archive=generation.archive, **{**options, **more})


@pytest.fixture(scope="module")
def listed(assistant: Assistant) -> Answer:
    answer = assistant.answer("业务范围有哪些？")
    assert answer.form == "list"
    return answer


@pytest.fixture(scope="module")
def refused(assistant: Assistant) -> Answer:
    answer = assistant.answer("会费多少钱？")
    assert answer.status == "refused"
    return answer


# --- what people and documents wrote is shown, never run -------------------------------------------------------------


def test_a_question_full_of_markup_is_only_text(refused: Answer, generation: Generation) -> None:
    html = shown(replace(refused, question=EVIL, searched=EVIL), generation, missing=[EVIL])
    assert harmless(html)
    assert "&lt;script&gt;" in html


def test_titles_labels_and_quotes_full_of_markup_are_only_text(listed: Answer, generation: Generation) -> None:
    said: dict[str, Any] = listed.to_json()
    said["citations"] = [{**c, "title": EVIL, "label": EVIL, "date": EVIL, "quote": EVIL} for c in said["citations"]]
    said["statements"] = [{**s, "text": EVIL} for s in said["statements"]]
    said["notices"] = [EVIL]
    for form in get_args(Form):
        assert harmless(shown({**said, "form": form}, generation, number=EVIL, key="t1"))


def test_markup_reaches_the_browser_as_a_value_and_never_as_a_template(assistant: Assistant, tmp_path: Path) -> None:
    """Gradio runs what stands in ${…} of a template, and of any value that a template's {{…}} puts in."""

    async def built() -> Any:  # Gradio makes an event loop of its own where none runs, and leaves it open
        return build_page(open_site(assistant, tmp_path))

    page = asyncio.run(built())
    templates = [c["props"]["html_template"] for c in page.get_config_file()["components"] if c["type"] == "html"]
    assert templates and set(templates) <= {"${value}", ""}


def test_choices_are_buttons(refused: Answer, generation: Generation) -> None:
    said = {**refused.to_json(), "status": "clarify", "choices": ["业务范围", EVIL]}
    html = shown(said, generation)
    assert harmless(html)
    assert [a["data-text"] for tag, a in tags(html) if a.get("data-do") == "ask"] == ["业务范围", EVIL]


# --- an answer -------------------------------------------------------------------------------------------------------


def test_every_mark_leads_to_a_card_of_its_own_turn(listed: Answer, generation: Generation) -> None:
    found = tags(shown(listed, generation))
    ids = {a["id"] for _, a in found if a.get("id")}
    marks = [a["href"] for tag, a in found if tag == "a" and a.get("class") == "cite"]
    assert len(set(marks)) == 18
    assert all(href and href[1:] in ids for href in marks)


def test_a_long_list_shows_three_items_and_folds_the_rest(listed: Answer, generation: Generation) -> None:
    html = shown(listed, generation)
    assert html.count('class="clip"') == 3
    assert "展开全部 18 项" in html
    assert "展开其余 15 处出处" in html
    assert "业务范围共18项：" in html


def test_a_short_list_is_not_folded(listed: Answer, generation: Generation) -> None:
    said: dict[str, Any] = listed.to_json()
    html = shown({**said, "statements": said["statements"][:3], "citations": said["citations"][:3]}, generation)
    assert "<details" not in html


def test_marks_stand_before_the_full_stop() -> None:
    said = {
        "form": "plain",
        "statements": [{"text": "始于1978年。", "citations": [1]}, {"text": "每年九月", "citations": [2]}],
    }
    assert [(line.text, line.numbers, line.stop) for line in lines(said)] == [
        ("始于1978年", (1,), "。"),
        ("每年九月", (2,), "。"),
    ]


def test_an_answer_says_what_it_is(listed: Answer, generation: Generation) -> None:
    assert "摘自原文" in shown(listed, generation)
    assert ZH.written in shown(replace(listed, writer="some-model"), generation)


def test_the_copied_answer_has_its_sources_what_it_is_and_its_number(listed: Answer, generation: Generation) -> None:
    copied = next(
        a["data-copy"]
        for _, a in tags(shown(listed, generation))
        if (a.get("data-copy") or "").startswith("业务范围共")
    )
    assert copied
    assert "[18] 〔中国质量检验协会〕业务范围（十八）" in copied
    assert "摘自原文" in copied and "记录号 Q7F3K9QX" in copied and "以正式文件为准" in copied


def test_an_answer_without_a_number_offers_neither_sharing_nor_judging(listed: Answer, generation: Generation) -> None:
    html = shown(listed, generation, number="")
    assert 'data-do="share"' not in html and 'data-do="like"' not in html and "记录号" not in html


def test_statements_appear_one_by_one_and_cards_with_the_last(listed: Answer, generation: Generation) -> None:
    said = listed.to_json()
    begun: dict[str, Any] = {**said, "statements": said["statements"][:2], "writer": "qwen3", "form": "plain"}
    first, whole = shown(begun, generation, unfinished=True, number=""), shown(listed, generation)
    assert first.count('class="cite"') == 2 and "AI 生成，已核对" in first
    assert "blockquote" not in first and 'class="foot"' not in first
    assert "blockquote" in whole and "AI" not in whole


def test_another_question_is_shown_and_another_spelling_is_not(refused: Answer) -> None:
    said: dict[str, Any] = refused.to_json()
    assert rewritten({**said, "question": "它的宗旨呢？", "searched": "中国质量检验协会宗旨"}) == "中国质量检验协会宗旨"
    assert rewritten({**said, "question": "宗旨 是什么?", "searched": "宗旨是什么？"}) == ""


# --- a refusal -------------------------------------------------------------------------------------------------------


def test_a_refusal_says_what_was_looked_for_what_is_lacking_and_whom_to_ask(
    refused: Answer, generation: Generation
) -> None:
    why = explanation(refused, Assistant(generation))
    settings = WebSettings.read(contact="秘书处 010-12345678", root_path="/qa")
    html = shown(refused, generation, missing=why["missing"], settings=settings)
    assert "会费多少钱？" in html and "秘书处 010-12345678" in html
    assert why["missing"] and f'<span class="term">{why["missing"][0]}</span>' in html
    assert html.count("<blockquote") == 3
    assert 'href="/qa/d/"' in html
    assert "摘自原文" not in html


# --- cards -----------------------------------------------------------------------------------------------------------


def test_the_quote_is_marked_and_the_words_around_it_are_not(assistant: Assistant, generation: Generation) -> None:
    said = assistant.answer("宗旨是什么？").to_json()
    card = cards(said, generation.archive, "")[0]
    document = generation.archive.document(FILE)
    assert document and card.before + card.quote + card.after.rstrip("…") in document.text
    assert f"<mark>{card.quote}</mark>" in shown(said, generation).replace("&#34;", '"')


def test_around_stays_in_the_paragraph_and_leaves_out_lone_punctuation() -> None:
    text = "上一段。\n甲乙，丙丁。\n下一段"
    start = text.index("丙丁")
    assert around(text, start, start + 2) == ("甲乙，", "")
    assert around(text, text.index("甲"), text.index("丁") + 1) == ("", "")


def test_a_card_whose_document_has_changed_has_no_link(listed: Answer, generation: Generation) -> None:
    said: dict[str, Any] = listed.to_json()
    said["citations"] = [{**said["citations"][0], "quote": "别的话"}, {**said["citations"][1], "document": "gone.txt"}]
    assert [card.link for card in cards(said, generation.archive, "")] == ["", ""]


def test_a_card_opens_its_document_at_its_quote_with_the_others_marked(listed: Answer, generation: Generation) -> None:
    said: dict[str, Any] = listed.to_json()
    second = said["citations"][1]
    link = cards(said, generation.archive, "/qa")[1].link
    assert link.startswith(f"/qa/d/{FILE}?q={second['start']}-{second['end']}&q=")
    assert link.endswith("#quote") and link.count("q=") == 18


def test_links_are_right_behind_a_prefix_and_for_any_file_name() -> None:
    assert document_link("", "章程.txt") == "/d/%E7%AB%A0%E7%A8%8B.txt"
    assert document_link("/qa", "a/b?.txt", [(3, 9)]) == "/qa/d/a/b%3F.txt?q=3-9#quote"


def test_citations_have_the_official_form() -> None:
    cited = {"title": "章程", "label": "第六条（三）", "date": "2018-09-02", "pages": [3]}
    assert official_citation(cited) == "《章程》第六条（三），第 3 页，2018年9月2日"
    assert official_citation({**cited, "pages": [3, 4, 5], "date": ""}) == "《章程》第六条（三），第 3–5 页"
    assert official_citation({**cited, "pages": []}) == "《章程》第六条（三），2018年9月2日"
    from_before_pages = {"title": "〔中国质量检验协会〕", "label": "宗旨", "date": ""}
    assert official_citation(from_before_pages) == "〔中国质量检验协会〕宗旨"
    assert shown_title("《章程》") == "《章程》"


@pytest.mark.parametrize(("date", "said"), [("2018-09", "2018年9月"), ("2018", "2018年"), ("去年", "去年"), ("", "")])
def test_dates_are_said_in_chinese(date: str, said: str) -> None:
    assert chinese_date(date) == said


# --- suggestions -----------------------------------------------------------------------------------------------------


def test_starters_come_from_headings_and_every_one_is_answered(assistant: Assistant) -> None:
    def answered(question: str) -> bool:
        return assistant.answer(question).status == "answered"

    offered = starters(assistant.generation.archive, ZH, answered)
    assert 4 <= len(offered) <= 6
    assert "业务范围有哪些？" in offered and "宗旨是什么？" in offered
    assert starters(assistant.generation.archive, ZH, lambda question: False) == []


def test_follow_ups_are_neighbours_and_not_what_was_cited(generation: Generation) -> None:
    document = generation.archive.document(FILE)
    seventh = next(s for s in document.sections if s.label == "业务范围（七）") if document else None
    assert seventh
    found = follow_ups([(FILE, seventh.start, seventh.end)], generation.archive, ZH, bool)
    assert found == ["业务范围第8项是什么？", "业务范围第9项是什么？", "业务范围有哪些？"]


# --- the page --------------------------------------------------------------------------------------------------------


def test_both_languages_have_the_same_gaps() -> None:
    for field in fields(ZH):
        one, other = getattr(ZH, field.name), getattr(EN, field.name)
        if isinstance(one, str):
            assert set(re.findall(r"{\w+}", one)) == set(re.findall(r"{\w+}", other)), field.name
        else:
            assert len(one) == len(other)


@pytest.mark.parametrize(
    ("accepted", "lang"), [(None, "zh-CN"), ("zh-TW,en;q=0.8", "zh-CN"), ("en-GB,zh", "en"), ("de", "zh-CN")]
)
def test_english_only_where_the_browser_asks_for_it_first(accepted: str | None, lang: str) -> None:
    assert strings_for(accepted).lang == lang


def test_the_page_is_chinese_styled_and_free_of_advertisement() -> None:
    page = '<html lang="en"><head><meta property="og:title" content="Gradio" /></head><body><gradio-app></gradio-app></body></html>'
    mended = rewrite_html(page)
    assert 'lang="zh-CN"' in mended and "Gradio" not in mended
    assert re.search(r'href="\./style\.css\?v=\w{8}"', mended) and "<noscript>" in mended
    assert rewrite_html(mended) == mended


def _ask(talk: _Talk, question: str, turns: Any = ()) -> list[tuple[Any, ...]]:
    async def collect() -> list[tuple[Any, ...]]:
        request: Any = SimpleNamespace(headers={"accept-language": "zh-CN"})
        return [update async for update in talk.asked_in_box(question, turns, request)]

    return asyncio.run(collect())


def test_a_question_too_long_is_told_so_without_being_asked(assistant: Assistant, tmp_path: Path) -> None:
    updates = _ask(_Talk(open_site(assistant, tmp_path)), "问" * 3000)
    assert len(updates) == 1 and "500" in updates[0][0]["html"]


def test_a_failure_inside_is_a_kind_sentence(assistant: Assistant, tmp_path: Path) -> None:
    class Broken:
        generation = assistant.generation

        def answer(self, *_: object) -> Answer:
            raise RuntimeError("no")

        model = None
        answers = answer

    broken: Any = Broken()
    updates = _ask(_Talk(open_site(broken, tmp_path)), "宗旨是什么？")
    assert "抱歉" in updates[-1][0]["html"] and "RuntimeError" not in updates[-1][0]["html"]


def test_what_a_model_writes_appears_sentence_by_sentence_and_is_labelled(
    generation: Generation, tmp_path: Path
) -> None:
    with scripted() as endpoint:
        model = ChatModel.open("qwen3", endpoint.url, KEY)
        endpoint.script = lambda call: call.say(f"{first_sentence(call)}[1]。", "协会收取会费八千元[1]。", pause=0.06)
        *_, shown, last, _ = _ask(_Talk(open_site(Assistant(generation, model), tmp_path)), "质量月活动从哪一年开始？")
        model.close()
    for update in (shown, last):
        assert "AI 生成，已核对" in update[0]["html"] and "八千元" not in update[0]["html"]
    assert "blockquote" not in shown[0]["html"] and "blockquote" in last[0]["html"]
    assert "模型另写的1句无法与原文核对，已略去。" in last[0]["html"] and "记录号" in last[0]["html"]


def test_when_the_model_breaks_off_its_words_give_way_to_the_documents_and_a_notice(
    generation: Generation, tmp_path: Path
) -> None:
    with scripted() as endpoint:
        model = ChatModel.open("qwen3", endpoint.url, KEY)
        endpoint.script = SILENT["cut after a good sentence"]
        updates = _ask(_Talk(open_site(Assistant(generation, model), tmp_path)), "质量月活动从哪一年开始？")
        model.close()
    shown, last = updates[1], next(u for u in reversed(updates) if isinstance(u[2], tuple))
    assert "AI 生成" in shown[0]["html"] and shown[0]["turn"] == last[0]["turn"]
    assert "AI 生成" not in last[0]["html"] and "摘自原文" in last[0]["html"]
    assert "模型未响应，已改用原文回答。" in last[0]["html"]


def test_what_is_shared_or_judged_must_be_ones_own(assistant: Assistant, tmp_path: Path) -> None:
    site = open_site(assistant, tmp_path)
    talk = _Talk(site)
    turns = next(update[2] for update in reversed(_ask(talk, "宗旨是什么？")) if isinstance(update[2], tuple))
    request: Any = SimpleNamespace(headers={})
    number = turns[0].number

    def press(act: str, key: str, own: Any) -> Any:
        event: Any = SimpleNamespace(_data={"act": act, "key": key, "text": "引用不对"})
        return talk.marked(event, own, request)

    press("share", turns[0].key, ())
    record = site.records.get(number)
    assert record and not record.token
    assert "/a/" in press("share", turns[0].key, turns)["html"]
    press("reason", turns[0].key, turns)
    record = site.records.get(number)
    assert record and record.token and record.liked is False and record.reason == "引用不对"


def test_stopping_says_so_in_the_turn_that_was_waiting(assistant: Assistant, tmp_path: Path) -> None:
    talk = _Talk(open_site(assistant, tmp_path))
    waiting = _ask(talk, "宗旨是什么？")[0][2]
    request: Any = SimpleNamespace(headers={})
    patch, _ = talk.stopped(waiting, request)
    assert patch["turn"] == waiting[0].key and "已停止" in patch["html"] and 'data-do="retry"' in patch["html"]


def test_a_greeting_is_no_part_of_what_is_asked_next(assistant: Assistant, tmp_path: Path) -> None:
    talk = _Talk(open_site(assistant, tmp_path))
    turns = next(u[2] for u in reversed(_ask(talk, "你好")) if isinstance(u[2], tuple))
    turns = next(u[2] for u in reversed(_ask(talk, "宗旨是什么？", turns)) if isinstance(u[2], tuple))
    record = talk._site.records.get(turns[-1].number)
    assert record and record.answer["searched"] == "宗旨是什么?"


# --- the trust line --------------------------------------------------------------------------------------------------


def test_the_page_says_how_many_of_its_own_questions_the_index_answers(assistant: Assistant, tmp_path: Path) -> None:
    site = open_site(assistant, tmp_path, documents=tmp_path)
    assert "自测" not in _Talk(site).frame(ZH)
    (tmp_path / "questions.yaml").write_text(
        "- {id: a, kind: k, question: 宗旨是什么？, expect: answered, must_contain: [服务会员]}\n"
        "- {id: b, kind: k, question: 会费多少钱？, expect: answered, must_contain: [元]}\n",
        encoding="utf-8",
    )
    asked = [site.self_test.run(assistant.generation, "builtin", tmp_path) for _ in range(2)]
    assert asked == [True, False], "once an index"
    frame = _Talk(site).frame(ZH)
    assert "2 道验收题通过 1 道" in frame and 'href="/d/"' in frame and "收录 1 份文件" in frame
    assert site.self_test.of("another index") is None
    site.records.close()
