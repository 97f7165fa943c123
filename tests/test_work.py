"""Long work behind the pages: one piece at a time, seen again after a restart, honest about how it ended."""

import os
import signal
import sys
import time

import pytest

from web.maintain.work import Occupied, Work

RESULT = "import json, sys; print('已问 1/2 题', file=sys.stderr, flush=True); print(json.dumps({'n': 1}))"


def python(program):
    return [sys.executable, "-c", program]


@pytest.fixture
def work(tmp_path):
    work = Work(tmp_path)
    yield work
    work.wait()


def until(condition):
    for _ in range(400):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come to that")


def waits(tmp_path):
    """A step that says where it is and goes on once a file is there."""
    go = tmp_path / "go"
    said = "import os, sys, time; print('正在计算 3/7', file=sys.stderr, flush=True)\n"
    return go, python(said + f"while not os.path.exists({str(go)!r}): time.sleep(.02)\nprint('{{}}')")


def test_a_piece_of_work_leaves_its_results_and_what_it_said(work):
    work.start("plan", "张三", [("one", python(RESULT)), ("two", python("print('[2]')"))], of="f")
    work.wait()
    piece = work.last("plan")
    assert piece and not piece.running and not piece.failed and piece.results == {"one": {"n": 1}, "two": [2]}
    assert (piece.by, piece.of, piece.said, piece.share) == ("张三", "f", ("已问 1/2 题",), (1, 2))


def test_the_second_is_told_who_works_and_since_when(work, tmp_path):
    go, step = waits(tmp_path)
    work.start("apply", "张三", [("one", step)])
    until(lambda: work.present().said)
    piece = work.present()
    assert piece.running and not piece.failed and piece.share == (3, 7)
    with pytest.raises(Occupied) as told:
        Work(tmp_path).start("plan", "李四", [("one", step)])
    assert (told.value.by, told.value.kind, told.value.since) == ("张三", "apply", piece.since)
    go.touch()
    work.wait()
    work.start("plan", "李四", [("one", step)])


def test_work_is_found_again_by_pages_that_were_started_anew(work, tmp_path):
    go, step = waits(tmp_path)
    work.start("apply", "张三", [("one", step)])
    anew = Work(tmp_path)
    assert anew.present().running and anew.present().by == "张三"
    go.touch()
    work.wait()
    assert anew.present().ended and not anew.present().failed


def test_a_step_that_fails_ends_the_work_and_its_words_stay(work):
    fails = python("import sys; print('磁盘空间不足：还差 7 MB。', file=sys.stderr); sys.exit(6)")
    work.start("apply", "张三", [("one", fails), ("two", python("print(1)"))])
    work.wait()
    piece = work.present()
    assert piece.failed and piece.said[-1] == "磁盘空间不足：还差 7 MB。" and not piece.results


def test_the_first_result_is_there_while_the_second_step_runs(work, tmp_path):
    go, step = waits(tmp_path)
    work.start("plan", "张三", [("one", python("print('{}')")), ("two", step)])
    until(lambda: work.present().results)
    assert work.present().running and work.present().results == {"one": {}}
    go.touch()


def test_work_that_was_killed_is_called_interrupted_and_the_next_may_begin(work, tmp_path):
    _, step = waits(tmp_path)
    work.start("apply", "张三", [("one", step)])
    until(lambda: work.present().said)
    os.killpg(work._child.pid, signal.SIGKILL)
    work.wait()
    piece = work.present()
    assert not piece.running and not piece.ended and piece.failed
    work.start("plan", "李四", [("one", python("print('{}')"))])
    work.wait()
    assert not work.present().failed and work.last("apply").failed


def test_before_anything_was_done_there_is_nothing(work):
    assert work.present() is None and work.last("plan") is None
