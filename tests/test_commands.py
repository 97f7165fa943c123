"""The commands as programs call them: exit codes, one line of JSON, options before or after the command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scripted_model import KEY, SILENT, scripted, well

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("commands")
    report = run("ingest", "--data", folder, "--json")
    assert report.returncode == 0, report.stderr
    assert set(json.loads(report.stdout)) == {"generation", "files", "documents", "passages", "embedded", "seconds"}
    return folder


def run(module, *arguments, **environment):
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_standard_output_is_one_line_of_json(data):
    found = run("assistant", "业务范围有哪些？", "--json", "--data", data)
    assert found.returncode == 0 and found.stdout.count("\n") == 1
    answer = json.loads(found.stdout)
    assert answer["status"] == "answered" and len(answer["citations"]) == 18


def test_options_stand_before_or_after_the_command(data):
    before = run("ingest", "--data", data, "--json", "show", "caqi-quality-month-2018.txt")
    after = run("ingest", "show", "caqi-quality-month-2018.txt", "--json", "--data", data)
    assert before.stdout == after.stdout and json.loads(before.stdout)["works"]


def test_the_text_that_show_returns_is_the_file(data):
    shown = json.loads(run("ingest", "show", "caqi-quality-month-2018.txt", "--json", "--data", data).stdout)
    assert shown["text"] == (ROOT / "documents" / "caqi-quality-month-2018.txt").read_text("utf-8")


def test_an_answer_is_computed_on_one_thread(data):
    """Beside another busy process a second one makes it thirty times slower."""
    asks = "from assistant.__main__ import main; main(['宗旨是什么', '--json', '--data', sys.argv[1]])"
    says = "from threadpoolctl import threadpool_info; print([pool['num_threads'] for pool in threadpool_info()])"
    command = [sys.executable, "-c", f"import sys; {asks}; {says}", str(data)]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[1] == "[1]"


def test_a_batch_answers_every_line_whatever_it_holds(data, tmp_path):
    lines = [
        '{"qid":"1","question":"宗旨是什么"}',
        "{坏",
        '{"question":7}',
        '{"qid":"4","question":"","history":"无"}',
        "[]",
    ]
    (tmp_path / "q.jsonl").write_text("\n".join(lines), "utf-8")
    found = run("assistant", "--batch", tmp_path / "q.jsonl", "--out", tmp_path / "a.jsonl", "--data", data)
    answers = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text("utf-8").splitlines()]
    assert found.returncode == 0
    assert [answer["status"] for answer in answers] == ["answered", "error", "error", "chat", "error"]
    assert [answer.get("qid") for answer in answers] == ["1", None, None, "4", None]


def test_a_history_file_carries_the_conversation(data, tmp_path):
    (tmp_path / "h.json").write_text('[{"role":"user","content":"业务范围第一项讲什么"}]', "utf-8")
    answer = json.loads(run("assistant", "第二项呢", "--history", tmp_path / "h.json", "--json", "--data", data).stdout)
    assert [citation["label"] for citation in answer["citations"]] == ["业务范围（二）"]


def test_a_refusal_is_a_reply_too(data):
    assert run("assistant", "会费标准", "--data", data).returncode == 0


@pytest.mark.parametrize(
    ("module", "arguments", "code"),
    [
        ("assistant", ["问题", "--data", "/nonexistent-index"], 2),
        ("assistant", [], 2),
        ("assistant", ["问题", "--encoder", "/nonexistent-model"], 2),
        ("ingest", ["--documents", "/nonexistent-folder"], 2),
        ("ingest", ["show", "没有的文件"], 2),
        ("ingest", ["--data", "/proc/nowhere"], 6),
    ],
)
def test_what_cannot_be_done_is_said_in_one_kind_sentence(module, arguments, code, data):
    arguments = arguments if "--data" in arguments else [*arguments, "--data", data]
    found = run(module, *arguments)
    assert found.returncode == code and "Traceback" not in found.stderr
    assert any("\u4e00" <= c <= "\u9fff" for c in found.stderr)


def test_a_rejected_file_is_exit_code_one(data, tmp_path):
    (tmp_path / "好.txt").write_text("某某协会的宗旨是服务会员。\n", "utf-8")
    (tmp_path / "坏.txt").write_bytes(b"\x00\x01" * 100)
    found = run("ingest", "--documents", tmp_path, "--data", tmp_path / "d", "--json")
    assert found.returncode == 1 and json.loads(found.stdout)["documents"] == 1


def test_another_encoder_than_the_index_s_is_exit_code_four(data, tmp_path):
    model = tmp_path / "model"
    subprocess.run(["cp", "-r", str(ROOT / "models" / "hanzi-static-128"), str(model)], check=True)
    weights = bytearray((model / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (model / "model.safetensors").write_bytes(bytes(weights))
    found = run("assistant", "宗旨", "--data", data, "--encoder", model)
    assert found.returncode == 4 and "python -m ingest" in found.stderr


def test_settings_say_their_value_and_where_it_came_from_and_no_secret(data):
    secret = "postgresql://qa:password@localhost/qa"
    found = run("assistant", "settings", "--json", "--encoder", "builtin", QA_DATA=str(data), QA_RECORDS_URL=secret)
    rows = {row["name"]: row for row in json.loads(found.stdout)}
    assert rows["QA_DATA"]["source"] == "环境变量" and rows["QA_DATA"]["value"] == str(data)
    assert rows["QA_ENCODER"]["source"] == "命令行" and rows["QA_PORT"]["source"] == "默认"
    assert rows["QA_RECORDS_URL"]["value"] == "（已设置）" and secret not in found.stdout
    assert all(row["description"] for row in rows.values()) and len(rows) <= 25


@pytest.mark.parametrize(("script", "writer"), [(well, "scripted"), (SILENT["401 wrong key"], "extractive")])
def test_a_chat_model_writes_in_a_terminal_too_and_its_key_is_never_printed(data, script, writer):
    question = "质量月活动从哪一年开始？"
    with scripted() as endpoint:
        endpoint.script = script
        told = {"QA_MODEL": "scripted", "OPENAI_BASE_URL": endpoint.url, "OPENAI_API_KEY": KEY}
        found = run("assistant", question, "--data", data, **told)
        assert len(endpoint.calls) == 1
    assert found.returncode == 0 and KEY not in found.stdout + found.stderr
    assert ("〔AI 生成，已核对〕模型：scripted" in found.stdout) == (writer == "scripted")
    assert ("模型未响应，已改用原文回答" in found.stdout) == (writer == "extractive")
