"""Which answers an ingest would change: asked of an index built aside, that nobody is served from and nothing is left of."""

import json
import shutil
from pathlib import Path

import pytest

from ingest.__main__ import main
from ingest.impact import Impact, Reply, Source, _Asked, _compare
from ingest.terminal import Ink, impact_lines
from tests.test_faults import QUESTION
from vectorstore.generation import current

FEES = "关于会费标准的通知\n\n各会员单位：单位会员会费标准为每年{}元，请于三月底前交纳。\n"
RULES = "会员管理办法\n\n第一条 会员入会须提交申请书，经理事会讨论通过后发给会员证。\n\n第二条 会员退会应当书面通知秘书处。\n"
MORE = """- id: leave
  kind: 事实
  question: 会员退会要怎么做
  expect: answered
  must_contain: [书面通知]
- id: phone
  kind: 没有
  question: 秘书处电话多少
  expect: refused
"""


@pytest.fixture(scope="module")
def indexed(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("impact")
    (folder / "documents").mkdir()
    (folder / "documents" / "会费.txt").write_text(FEES.format("一千"), "utf-8")
    (folder / "documents" / "办法.md").write_text(RULES, "utf-8")
    (folder / "documents" / "questions.yaml").write_text(QUESTION + MORE, "utf-8")
    assert main(["--documents", str(folder / "documents"), "--data", str(folder / "data"), "--json"]) == 0
    return folder


@pytest.fixture
def place(indexed, tmp_path) -> Path:
    return Path(shutil.copytree(indexed, tmp_path / "copy"))


@pytest.fixture
def planned(place, capsys):
    def planned(*more: str) -> tuple[int, dict]:
        where = ["--documents", str(place / "documents"), "--data", str(place / "data")]
        code = main(["plan", "--impact", "--json", *where, *more])
        return code, json.loads(capsys.readouterr().out)

    return planned


def test_both_answers_of_each_question_that_changes_stand_side_by_side_the_lost_one_first(place, planned, tmp_path):
    before, kept = current(place / "data"), sorted((place / "data" / "generations").iterdir())
    (place / "documents" / "会费.txt").write_text(FEES.format("两千"), "utf-8")
    (place / "documents" / "办法.md").write_text(RULES.replace("书面通知", "提前一个月书面通知"), "utf-8")
    (place / "documents" / "联系.txt").write_text("联系方式\n\n协会秘书处的电话是010-00000000。\n", "utf-8")
    recent = tmp_path / "recent.jsonl"
    recent.write_text('{"question":"电话号码是多少"}\n{"question":"会员入会须提交什么"}\n', "utf-8")
    code, found = planned("--recent", str(recent))
    changes = found["impact"]["changes"]
    assert code == 5 and [(c["id"], c["kind"], c["protected"], c["lost"]) for c in changes] == [
        ("fee", "reworded", True, True),
        ("phone", "answered", False, False),
        ("", "answered", False, False),
        ("leave", "reworded", False, False),
    ]
    assert "一千" in changes[0]["before"]["text"] and "两千" in changes[0]["after"]["text"]
    assert changes[3]["after"]["sources"][0]["label"] == "第二条"
    counts = (found["impact"][name] for name in ("acceptance", "recent", "passed_before", "passed_after"))
    assert list(counts) == [3, 2, 3, 1]
    assert found["documents"], "the plan itself is there too"
    assert current(place / "data") == before and sorted(before.parent.iterdir()) == kept


def test_when_nothing_changes_nothing_is_built_or_asked(planned):
    code, found = planned()
    assert code == 0 and found["nothing"] and found["impact"]["acceptance"] == 0


def test_a_first_index_has_nothing_to_compare_with(place, planned):
    shutil.rmtree(place / "data")
    code, found = planned()
    assert code == 0 and found["impact"]["before"] == "" and not (place / "data" / "CURRENT").exists()


def test_questions_that_cannot_be_asked_are_an_objection(place, capsys):
    (place / "documents" / "questions.yaml").write_text("- question: [", "utf-8")
    (place / "documents" / "会费.txt").write_text(FEES.format("两千"), "utf-8")
    where = ["--documents", str(place / "documents"), "--data", str(place / "data")]
    assert main(["plan", "--impact", *where]) == 5
    assert "没有比较成答案的变化" in capsys.readouterr().err
    assert not list((place / "data" / "generations").glob(".*"))


def test_a_file_of_recent_questions_that_is_not_there_is_said(place, capsys):
    where = ["--documents", str(place / "documents"), "--data", str(place / "data")]
    assert main(["plan", "--impact", "--recent", "/没有", *where]) == 2
    assert "文件不存在" in capsys.readouterr().err


def asked(text: str, status: str = "answered", label: str = "第一条", cited: bool = True) -> _Asked:
    sources = (Source("a.md", "办法", label, text),) if status == "answered" else ()
    return _Asked("q", "问\x1b[31m题", True, True, cited, Reply(status, text, sources))


def test_what_is_said_in_a_terminal_is_red_for_protected_questions_alone():
    class Terminal:
        isatty = staticmethod(lambda: True)

    lost = _compare(asked("甲"), asked("文件里没有", "refused", cited=False))
    moved = _compare(asked("甲"), asked("甲", label="第二条"))
    assert lost and lost.lost and lost.kind == "refused" and moved and not moved.lost and moved.kind == "recited"
    shown = list(impact_lines(Impact("g", 2, 0, 2, 1, (lost, moved)), Ink(Terminal(), {"TERM": "xterm"})))
    assert any("\033[31m  失去引文  守护题 q  问 [31m题" in line for line in shown), shown
    assert any("以后：甲  《办法》第二条" in line for line in shown) and "--force" in shown[-1]


def test_an_answer_that_stays_is_no_change():
    assert _compare(asked("甲"), asked("甲", cited=False)) is None
