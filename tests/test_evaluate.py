"""Figures over a question set: what is right, what each figure means, and what a person is shown of it."""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import unicodedata
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.__main__ import main
from assistant.answer import Answer, Citation, Quote, Statement
from assistant.evaluate import Outcome, as_html, as_json, as_table, by_kind, evaluate, figures
from assistant.gold import BadQuestions, Gold, Place, read_questions
from assistant.scoring import citations, items, judge, kept_its_citation, length, rank, squeezed, within
from tests.conftest import DOCUMENTS
from vectorstore.passage import Hit, Passage

SCORE = "QA_TEST_SCORE"  # the benchmarks' score.py
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}"
SINCE = "某某活动始于1978年，每年9月举行。"


def quote(words: str, label: str = "", start: int = 0) -> Quote:
    passage = Passage("p", "d", "d", 0, None, "某某通知", "", label, (), words, start, start + len(words))
    return Quote(passage, start, start + len(words))


def answered(*statements: tuple[str, list[Quote]], text: str = "", status: str = "answered", ms: float = 1.0) -> Answer:
    made = tuple(Statement(words, tuple(quotes)) for words, quotes in statements)
    cited = [quote for statement in made for quote in statement.quotes]
    return Answer(
        "问",
        "问",
        status,  # type: ignore[arg-type]
        text or "".join(statement.text for statement in made),
        made,
        tuple(Citation(n, quote, quote.passage.label) for n, quote in enumerate(cited, 1)),
        milliseconds={"total": ms},
    )


def plain(text: str, status: str = "answered") -> Answer:
    """An answer that quotes what it says, or a word without statements."""
    return answered(*([(text, [quote(text)])] if status == "answered" else []), text=text, status=status)


def gold(**fields: object) -> Gold:
    return Gold(**{"id": "q", "kind": "事实", "question": "问", "expect": ("answered",), **fields})  # type: ignore[arg-type]


def outcome(asked: Gold, answer: Answer, place: int | None = None) -> Outcome:
    return Outcome(asked, answer, judge(asked, answer), place)


# --- what is right ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("needle", "text", "found"),
    [
        ("18", "业务范围共十八项", True),
        ("十八", "共18项：", True),
        ("18", "发布于2018年", False),
        ("2018-09-02", "时间:2018年9月2日", True),
        ("2018年9月2日", "时间:2018-09-02 来源", True),
        ("2018-09-02", "时间:2018-09-20", False),
        ("9月", "于每年的9月[1]在全国", True),
        ("1", "始于某年[1]。", False),
        ("服务会员,服务企业", "“服务会员，服务企业”", True),
        ("非营利", "营利性", False),
    ],
)
def test_words_are_found_whatever_the_punctuation_and_numbers_only_whole(needle, text, found):
    assert within(needle, text) is found


SURE = gold(must_contain=(("1978", "七八年"),), quotes=("某某活动始于1978年",))


@pytest.mark.parametrize(
    ("asked", "answer", "why"),
    [
        (SURE, plain(SINCE), ""),
        (SURE, plain("没有找到", "refused"), "应当回答，实际说没有"),
        (SURE, plain("某某活动始于1987年"), "缺少：1978／七八年"),
        (SURE, answered(("始于1978年", [quote("别处的别的话，说的是别的事")])), "没有引到应引的原话"),
        (SURE, plain(SINCE + "甲" * 260), "太长：277字，应引的原话11字"),
        (gold(expect=("refused",)), plain("没有", "refused"), ""),
        (gold(expect=("refused",)), plain(SINCE), "应当说没有，实际回答"),
        (gold(expect=("answered", "clarify"), must_contain=(("甲",),)), plain("您指哪个？", "clarify"), ""),
        (gold(expect=("answered", "clarify"), must_contain=(("甲",),)), plain("乙"), "缺少：甲"),
        (gold(expect=("chat",)), plain("您好！", "chat"), ""),
        (gold(expect=("chat",)), plain("", "chat"), "什么也没有说"),
        (gold(section="业务范围（七）"), answered(("推行", [quote("推行", "业务范围（七）")])), ""),
        (
            gold(section="业务范围（七）"),
            answered(("推行", [quote("推行", "业务范围（八）")])),
            "没有指明业务范围（七）",
        ),
        (gold(items=("（一）", "（二）")), answered(("甲", [quote("甲", "职责（一）")])), "清单不全，缺：（二）"),
        (gold(places=(Place("d"),)), plain(SINCE), ""),
        (gold(places=(Place("另一份"),)), plain(SINCE), "引的不是应引的文件"),
    ],
)
def test_an_answer_is_right_or_told_what_it_lacks(asked, answer, why):
    assert judge(asked, answer) == why


def test_a_protected_question_is_kept_by_an_answer_that_cites_it_and_by_nothing_else():
    asked = gold(protected=True, must_contain=(("每年",),), quotes=("某某活动始于1978年",))
    beside = answered(("始于1978年", [quote("某某活动始于1978年")]))
    assert kept_its_citation(asked, beside) and not outcome(asked, beside).passed
    assert not outcome(asked, beside).lost
    assert outcome(asked, plain("没有", "refused")).lost
    assert outcome(asked, plain("每年的另一件不相干的事情")).lost
    assert not outcome(gold(quotes=("甲",)), plain("没有", "refused")).lost


# --- what each figure means ------------------------------------------------------------------------------------------


def test_citations_that_carry_their_statement_alone_are_all_right():
    assert citations(answered(("始于1978年。", [quote(SINCE)]))) == (1, 1)


def test_two_citations_may_carry_a_statement_together():
    assert citations(answered(("始于1978年，发布于9月", [quote("始于1978年"), quote("发布于9月")]))) == (1, 1)


def test_a_citation_without_which_the_rest_carry_as_much_is_irrelevant():
    assert citations(answered(("始于1978年", [quote(SINCE), quote("别的话")]))) == (0.5, 1)


def test_a_statement_that_is_not_carried_counts_against_both():
    two = answered(("始于1978年", [quote(SINCE)]), ("始于1987年", [quote(SINCE)]))
    assert citations(two) == (0.5, 0.5)


def test_an_answer_without_statements_has_no_citation_figures():
    assert citations(plain("没有", "refused")) is None


def test_a_list_by_marks_is_measured_against_the_cited_labels():
    asked = gold(items=("（一）", "（二）", "（十八）", "（十九）"))
    said = answered(*((str(n), [quote(str(n), f"职责{mark}")]) for n, mark in enumerate(["（一）", "(18)", "（三）"])))
    assert items(asked, said) == (2 / 3, 2 / 4)


def test_a_list_by_words_is_measured_against_the_text():
    said = answered(("专业化,技术化", [quote("专业化,技术化")]), ("另外一句", [quote("另外一句")]))
    assert items(gold(items=("专业化", "技术化", "社会化", "服务化")), said) == (0.5, 0.5)


def test_items_that_are_only_counted_are_compared_by_number():
    said = answered(*((str(n), [quote(str(n))]) for n in range(4)))
    assert items(gold(count=3), said) == (0.75, 1)
    assert items(gold(), said) is None


def test_the_length_is_told_for_each_character_of_the_quotes():
    assert length(gold(quotes=("始于1978年",)), plain("始于1978年，始于1978年。")) == 2
    assert length(gold(quotes=("始于1978年",), terse=False), plain("始于1978年")) is None


def test_the_rank_is_that_of_the_first_passage_which_overlaps_the_place():
    hits = tuple(Hit(quote("十个字的一段话而已啊", start=10 * n).passage, 1.0) for n in range(10))
    answer = Answer("问", "问", "refused", "没有", hits=hits)
    assert rank([Place("d", 25, 26)], answer) == 3
    assert rank([Place("d", 19, 21)], answer) == 2
    assert rank([Place("d", 20, 30)], answer) == 3
    assert rank([Place("d", 100, 110)], answer) == 0
    assert rank([Place("另一份")], answer) == 0


def test_figures_of_four_known_outcomes():
    row = figures(
        [
            outcome(SURE, answered(("始于1978年", [quote(SINCE)]), ms=10), 1),
            outcome(SURE, plain("没有", "refused"), 4),
            outcome(gold(expect=("refused",)), plain("没有", "refused")),
            outcome(gold(expect=("refused",)), answered(("甲乙", [quote("丙丁")]), ms=99)),
        ]
    )
    assert (row.n, row.passed, row.answered, row.refused, row.balanced, row.cited) == (4, 0.5, 0.5, 0.5, 0.5, 0.5)
    assert (row.recall_1, row.recall_5, row.recall_10, row.mrr) == (0.5, 1, 1, (1 + 1 / 4) / 2)
    assert (row.citation_precision, row.citation_recall) == (0.5, 0.5)
    assert row.item_recall is None and row.length == len(squeezed("始于1978年")) / len(squeezed("某某活动始于1978年"))
    assert (row.p50, row.p95) == (1, 99)


def test_asking_back_where_that_is_right_is_no_needless_refusal():
    row = figures([outcome(gold(expect=("answered", "clarify")), plain("哪个？", "clarify"))])
    assert row.answered == 1 and row.refused is None and row.balanced is None


ANY = st.builds(
    outcome,
    st.sampled_from([SURE, gold(expect=("refused",)), gold(items=("甲", "乙")), gold(kind="列举", items=("（一）",))]),
    st.sampled_from([plain(SINCE), plain("没有", "refused"), plain("甲"), plain("", "chat"), answered(("乙", []))]),
    st.sampled_from([None, 0, 1, 2, 7, 10]),
)


@given(st.lists(ANY))
def test_shares_are_shares_and_more_hits_find_no_less(outcomes):
    row = figures(outcomes)
    shares = [getattr(row, name) for name in row.__slots__ if name not in ("n", "length", "p50", "p95")]
    assert all(0 <= share <= 1 for share in shares if share is not None)
    if row.mrr is not None:
        assert row.recall_1 <= row.mrr <= row.recall_10 and row.recall_1 <= row.recall_5 <= row.recall_10
    assert sum(part.n for part in by_kind(outcomes).values()) == row.n
    assert figures(outcomes[::-1]).passed == row.passed


@pytest.mark.shared
def test_verdicts_agree_with_the_score_of_the_benchmarks(tmp_path):
    if not os.environ.get(SCORE):
        pytest.skip(f"set {SCORE} to the benchmarks' score.py to compare verdicts with it")
    spec = importlib.util.spec_from_file_location("score", os.environ[SCORE])
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    asked = [
        {"qid": str(n), "question": "问", "type": kind, "answerable": able, "must_contain": must, "gold_quotes": quotes}
        for n, (kind, able, must, quotes) in enumerate(
            itertools.product(
                ["fact", "ambiguous", "list", "greeting/meta"],
                [True, False],
                [[], ["18"], ["始于1978年"]],
                [[], ["某某活动始于1978年，每年9月举行"]],
            )
        )
    ]
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in asked), "utf-8")
    said = [plain(SINCE), plain("共十八项，" + SINCE), plain("2018年" + SINCE), plain(SINCE * 30), plain("别的事情")]
    said += [plain("没有", status) for status in ("refused", "chat", "clarify")] + [plain("", "chat")]
    for answer in said:
        _, failed = score.association(asked, {line["qid"]: answer.to_json() for line in asked})
        assert {row[0] for row in failed} == {g.id for g in read_questions(path) if judge(g, answer)}


# --- question files --------------------------------------------------------------------------------------------------

GOOD = "- id: a\n  kind: 事实\n  question: 会费多少\n  expect: refused\n"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 0, "没有题目"),
        ("# 只有注释\n", 0, "没有题目"),
        ("id: a\n", 1, "每题以“- ”开头"),
        ("- 会费多少\n", 1, "名称: 内容"),
        (GOOD + GOOD, 5, "编号“a”与第 1 行的题重复"),
        (GOOD + "  quote: 甲\n", 5, "不认识“quote”"),
        (GOOD + "  kind: 事实\n", 5, "写了两遍"),
        ("- id: a\n  kind: 事实\n  question: 甲\n", 1, "没有写 expect"),
        (GOOD.replace("refused", "拒答"), 4, "expect 不能是“拒答”"),
        (GOOD.replace("refused", "answered"), 1, "怎样算答对"),
        (GOOD + "  protected: true\n", 1, "守护题要写"),
        (GOOD + "  protected: 要\n", 5, "true 或 false"),
        (GOOD + "  must_contain: 甲\n", 5, "应当是一个列表"),
        (GOOD + "  history:\n    - {role: 用户, content: 甲}\n", 6, "role"),
        (GOOD + "  quotes: ['甲\n", 6, "YAML"),
        (GOOD + "  question: [甲\n", 6, "YAML"),
        ("- \x01", 0, "YAML"),
    ],
)
def test_a_mistake_in_a_yaml_file_is_given_its_line(tmp_path, text, line, says):
    path = tmp_path / "题.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadQuestions) as problem:
        read_questions(path)
    assert problem.value.line == line and says in str(problem.value) and "题.yaml" in str(problem.value)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("题.txt", b"", ".yaml"),
        ("题.yaml", b"\xff\xfe\x00", "UTF-8"),
        ("题.jsonl", b'{"question": "a"}\n{bad', "第 2 行有误：不是 JSON"),
        ("题.jsonl", b'{"q": "a"}', "第 1 行"),
        ("题.jsonl", b'{"question": "a", "must_contain": []}', "第 1 行"),
        ("题.jsonl", b'{"question": "a", "gold_doc_ids": "x"}', "第 1 行"),
        ("题.jsonl", b"\n", "没有题目"),
        ("没有的.yaml", None, "不存在"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_of_in_one_sentence(tmp_path, name, content, says):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadQuestions, match=says) as problem:
        read_questions(tmp_path / name)
    assert "\n" not in str(problem.value)


def test_a_yaml_question_may_use_every_field(tmp_path):
    (tmp_path / "题.yaml").write_text(
        "- id: 1\n  kind: 列举\n  history:\n    - {role: user, content: 甲}\n  question: 乙\n"
        "  expect: [answered, clarify]\n  must_contain: [18, [甲, 乙]]\n  quotes: 原话\n  section: 业务范围\n"
        "  items: [（一）, （二）]\n  protected: true\n- id: 2\n  kind: 计数\n  question: 丙\n  expect: answered\n  items: 18\n",
        "utf-8",
    )
    first, second = read_questions(tmp_path / "题.yaml")
    assert first.expect == ("answered", "clarify") and first.must_contain == (("18",), ("甲", "乙"))
    assert first.quotes == ("原话",) and first.items == ("（一）", "（二）") and first.protected and not first.terse
    assert first.history == ({"role": "user", "content": "甲"},) and second.count == 18 and second.terse


def test_benchmark_lines_are_read_by_their_own_rules(tmp_path):
    lines = [
        {"qid": "a", "question": "甲", "type": "factoid", "answers": ["一", "二"], "gold_doc_ids": ["d"]},
        {"qid": "b", "question": "甲", "type": "statute", "gold_doc_ids": ["d"],
         "gold_articles": [{"doc_id": "d", "no": 1, "start": 3, "end": 9}], "scope_doc_ids": ["d"]},
        {"qid": "c", "question": "甲", "type": "unanswerable", "answers": [], "gold_doc_ids": []},
        {"qid": "d", "question": "甲", "type": "fact", "answerable": True, "must_contain": ["一"], "gold_quotes": ["一"]},
        {"question": "甲", "type": "greeting/meta", "answerable": True, "must_contain": ["一"]},
    ]  # fmt: skip
    (tmp_path / "题.jsonl").write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    a, b, c, d, e = read_questions(tmp_path / "题.jsonl")
    assert a.must_contain == (("一", "二"),) and a.places == (Place("d"),) and not a.terse
    assert b.places == (Place("d", 3, 9),) and b.scope == ("d",) and b.must_contain == ()
    assert c.expect == ("refused",) and d.quotes == ("一",) and d.terse
    assert e.id == "5" and e.expect == ("chat", "answered") and e.must_contain == ()


# --- what is shown ---------------------------------------------------------------------------------------------------


class _Tags(HTMLParser):
    """The tags and attributes a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def hostile() -> list[Outcome]:
    asked = gold(
        id=EVIL, kind=EVIL, question=EVIL, must_contain=((EVIL + "甲",),), quotes=(EVIL,), section=EVIL, items=(EVIL,),
        history=({"role": "user", "content": EVIL},), protected=True,
    )  # fmt: skip
    return [outcome(asked, answered((EVIL, [quote(EVIL, EVIL)]))), outcome(asked, plain("没有", "refused"))]


def test_the_report_shows_hostile_text_and_runs_none_of_it():
    html = as_html(hostile(), f"文件夹/{EVIL}.yaml", EVIL)
    seen = _Tags(html)
    assert not seen.tags & {"script", "img", "iframe", "link", "object"}
    assert not any(name.startswith("on") or name in ("src", "href", "style") for name in seen.attributes)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html and "49" not in html


def test_the_report_stands_alone_and_sets_what_was_expected_beside_what_was_said():
    failed = outcome(SURE, answered(("某某活动始于1987年", [quote("某某活动始于1987年", "备注")])))
    html = as_html([failed, outcome(SURE, plain(SINCE))], "题.yaml", "g1")
    assert "url(" not in html and "@import" not in html and "prefers-color-scheme: dark" in html and "viewport" in html
    assert html.count("<article>") == 1
    expected, said = html.split("应有的结果")[1].split("实际的结果")
    assert "1978／七八年" in expected and "某某活动始于1978年" in expected
    assert "某某活动始于1987年" in said and "备注" in said


def test_a_report_without_failures_says_so():
    assert "全部通过" in as_html([outcome(SURE, plain(SINCE))], "题.yaml", "g1")


def test_the_columns_of_the_table_stand_under_each_other():
    table = as_table([outcome(SURE, plain(SINCE), 1), outcome(gold(kind="很长的题型名"), plain("没有", "refused"), 0)])
    first, second, failures = table.split("\n\n")
    for lines in (first.split("\n"), second.split("\n")):
        assert len({sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line) for line in lines}) == 1
        assert [line.split()[0] for line in lines] == ["题型", "合计", "事实", "很长的题型名"]
    assert failures.startswith("没有通过的共 1 题：\nq　问\n")


def test_another_program_can_read_which_questions_lost_their_citation():
    report = as_json(hostile(), "题.yaml", "g1")
    assert report["lost"] == [EVIL] and [row["passed"] for row in report["results"]] == [False, False]
    assert [row["cited"] for row in report["results"]] == [True, False]
    assert json.loads(json.dumps(report))["n"] == 2


# --- on a real index -------------------------------------------------------------------------------------------------

MINE = """- id: since
  kind: 事实
  question: 工匠精神追求的是什么
  expect: answered
  must_contain: [精益求精]
  quotes: ['追求的是精益求精']
  protected: true
- id: fee
  kind: 没有
  question: 会费多少钱？
  expect: refused
"""


@pytest.fixture(scope="module")
def data(build, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("evaluate")
    build(DOCUMENTS, folder).close()
    return folder


def test_gold_quotes_are_found_again_among_the_hits(assistant):
    asked = gold(question="工匠精神追求的是什么", quotes=("追求的是精益求精",))
    [found] = evaluate(assistant, [asked])
    assert found.rank == 1 and found.passed
    [unknown] = evaluate(assistant, [gold(question="工匠精神追求的是什么", quotes=("文件里没有这句话",))])
    assert unknown.rank is None and not unknown.passed


def test_the_command_prints_a_table_or_one_line_of_json_and_writes_a_report(data, tmp_path, capsys):
    (tmp_path / "题.yaml").write_text(MINE, "utf-8")
    asked = ["evaluate", str(tmp_path / "题.yaml"), "--data", str(data)]
    assert main([*asked, "--html", str(tmp_path / "报告.html")]) == 0
    assert capsys.readouterr().out.startswith("题型") and "验收报告" in (tmp_path / "报告.html").read_text("utf-8")
    assert main([*asked, "--json"]) == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and json.loads(out)["passed"] == 1 and json.loads(out)["n"] == 2


def test_guarding_asks_only_protected_questions_and_names_those_that_lost_their_citation(data, tmp_path, capsys):
    guard = ["evaluate", str(tmp_path / "题.yaml"), "--protected", "--json", "--data", str(data)]
    (tmp_path / "题.yaml").write_text(MINE, "utf-8")
    assert main(guard) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 1
    (tmp_path / "题.yaml").write_text(MINE.replace("'追求的是精益求精'", "'文件里没有的另一句原话'"), "utf-8")
    assert main(guard) == 5
    shown = capsys.readouterr()
    assert "since" in shown.err and json.loads(shown.out)["lost"] == ["since"]
    (tmp_path / "题.yaml").write_text(GOOD, "utf-8")
    assert main(guard) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 0


@pytest.mark.parametrize(
    "arguments", [["evaluate"], ["evaluate", "没有的.yaml"], ["evaluate", "{}", "--html", "/没有/a"]]
)
def test_what_cannot_be_evaluated_is_said_in_one_kind_sentence(arguments, data, tmp_path, capsys):
    (tmp_path / "题.yaml").write_text(GOOD, "utf-8")
    asked = [argument.format(tmp_path / "题.yaml") for argument in arguments]
    assert main([*asked, "--data", str(data)]) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err.count("\n") == 1 and any("\u4e00" <= c <= "\u9fff" for c in shown.err)
