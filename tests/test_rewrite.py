"""The figures of rewriting, on three talks of our own."""

import json
from pathlib import Path

import pytest

from benchmarks.rewrite import character_f1, main


def test_f1_is_one_for_equal_characters_and_nothing_for_none_shared():
    assert character_f1("质量月几月办？", "质量月几月办") == 1.0
    assert character_f1("灯塔", "茶园") == 0.0
    assert character_f1("几月办", "质量月几月办") == pytest.approx(2 * 3 / 9)


def test_the_rules_are_set_beside_both_baselines(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    talk = [{"role": "user", "content": "你知道白浪灯塔吗"}, {"role": "assistant", "content": "知道"}]
    lines = [
        {"question": "它是谁建的", "rewrite": "白浪灯塔是谁建的", "history": talk},
        {"question": "有多高", "rewrite": "白浪灯塔有多高", "history": talk},
    ]
    written = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (tmp_path / "questions.jsonl").write_text(written, encoding="utf-8")
    assert main([str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "| last utterance unchanged | 0.000 |" in said and "| rules | 1.000 | 1.000 |" in said


def test_without_a_folder_it_says_how_it_is_called(capsys: pytest.CaptureFixture[str]):
    assert main([]) == 2
    assert "用法" in capsys.readouterr().err
