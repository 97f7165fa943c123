"""The harness on a set of two documents: one command from files to a table; and what it says of an answer tampered with."""

import json
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from benchmarks.__main__ import main
from benchmarks.citations import check_answers, violations
from benchmarks.report import write_sections
from benchmarks.retrieval import recall
from benchmarks.sets import ChildFailed, run_python
from vectorstore.passage import Hit

SCORE = """
import json, sys
answers = [json.loads(line) for line in open(sys.argv[2], encoding="utf-8")]
print(json.dumps({"n": len(answers), "R@1": 1.0, "refused": sum(a["status"] == "refused" for a in answers)}))
"""
CORPUS = [
    {"doc_id": "one", "title": "灯塔", "text": "白浪灯塔建于1907年，塔高三十二米。守塔人每晚点灯两次。"},
    {"doc_id": "two", "title": "茶园", "text": "云坡茶园种植绿茶和白茶，每年四月采摘。"},
    {"doc_id": "left-out", "title": "钟楼", "text": "古城钟楼的大钟重五吨。"},
]
QUESTIONS = [
    {
        "qid": "q1",
        "question": "白浪灯塔建于哪一年？",
        "answers": ["1907年"],
        "gold_doc_ids": ["one"],
        "type": "factoid",
    },
    {
        "qid": "q2",
        "question": "那里几月采摘？",
        "answers": ["四月"],
        "gold_doc_ids": ["two"],
        "type": "followup",
        "history": [{"role": "user", "content": "云坡茶园种什么茶？"}],
    },
    {
        "qid": "q3",
        "question": "火星上的年降雨量是多少毫升？",
        "answers": [],
        "gold_doc_ids": [],
        "type": "unanswerable",
    },
]


def write_jsonl(path: Path, lines: list) -> None:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    folder = tmp_path / "bench" / "tiny"
    folder.mkdir(parents=True)
    write_jsonl(folder / "corpus.jsonl", CORPUS)
    write_jsonl(folder / "questions.jsonl", QUESTIONS)
    meta = {"corpora": ["corpus.jsonl"], "exclude_doc_ids": ["left-out"]}
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    (tmp_path / "bench" / "score.py").write_text(SCORE, encoding="utf-8")
    return tmp_path / "bench"


@pytest.fixture
def answered(assistant: Assistant) -> dict:
    return json.loads(json.dumps(assistant.answer("业务范围有哪些？").to_json()))


def test_a_set_goes_through_one_command_into_a_table(bench: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    results = tmp_path / "RESULTS.md"
    command = [str(bench), "--work", str(tmp_path / "work"), "--results", str(results)]
    assert main(command) == 0
    written = results.read_text(encoding="utf-8")
    assert "## tiny" in written
    assert "2 documents" in written and "3 questions" in written
    assert "| fused | 100.0 | 100.0 |" in written and "| answers | 100.0 |" in written
    assert "with a history, question alone (1)" in written
    assert "Answers: n 3, refused" in written and " 0 violations." in written
    assert str(tmp_path) not in written
    assert main([*command, "--peer"]) == 0
    assert results.read_text(encoding="utf-8").count("## tiny") == 1
    assert "跳过对比" in capsys.readouterr().out
    generations = list((tmp_path / "work" / "index").glob("*/data/generations/*"))
    assert len(generations) == 1, "an unchanged index is used again"


def test_a_machine_without_the_sets_is_told_so(tmp_path: Path, bench: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(tmp_path / "nowhere")]) == 0
    assert main([str(bench), "--sets", "nothing", "--results", str(tmp_path / "R.md")]) == 0
    assert capsys.readouterr().out.count("跳过") == 2


def test_a_sound_answer_violates_nothing(answered: dict, assistant: Assistant):
    checked = check_answers([answered], assistant.generation.archive)
    assert (checked.answers, checked.violations) == (1, ())
    assert checked.citations == len(answered["citations"]) > 10


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (lambda a: a["citations"][2].update(start=a["citations"][2]["start"] + 1), "not the document's words"),
        (lambda a: a["citations"][0].update(quote="会费每年一百元"), "not the document's words"),
        (lambda a: a["citations"][1].update(document="没有的文件.txt"), "not the document's words"),
        (lambda a: a.update(text=a["text"] + "会费每年一百元。"), "text is not that of its statements"),
        (lambda a: a["statements"].pop(), "text is not that of its statements"),
        (lambda a: a["statements"][0].update(citations=[99]), "without its citation"),
        (lambda a: a.update(subject="宗旨", hits=[]), "was not read"),
    ],
)
def test_a_doctored_answer_is_reported(answered: dict, assistant: Assistant, tamper, said: str):
    tamper(answered)
    assert any(said in problem for problem in violations(answered, assistant.generation.archive))


def test_recall_counts_the_first_right_hit(assistant: Assistant):
    passages = list(assistant.generation.archive.all_passages())[:3]
    hits = [Hit(passage, 1.0) for passage in passages]
    gold = {"doc_id": passages[1].document, "start": passages[1].start, "end": passages[1].start + 1}
    figures = recall([({"gold_articles": [gold]}, hits), ({"gold_doc_ids": ["other"]}, hits)])
    assert (figures["R@1"], figures["R@5"], figures["MRR@10"]) == (0.0, 0.5, 0.25)


def test_a_run_replaces_its_own_sections_alone(tmp_path: Path):
    path = tmp_path / "RESULTS.md"
    write_sections(path, {"b": "first figures", "a": "kept"}, ["a", "b"])
    write_sections(path, {"b": "new\n\n| x |"}, ["a", "b"])
    written = path.read_text(encoding="utf-8")
    assert "first figures" not in written and written.endswith("## a\n\nkept\n\n## b\n\nnew\n\n| x |\n")


def test_a_child_that_fails_says_why():
    with pytest.raises(ChildFailed, match="没有那个集合"):
        run_python(["-c", "import sys; sys.exit('没有那个集合')"])
