"""Files of other makers' formats are read in a child process that can neither write, nor connect, nor outgrow its limits."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from ingest.blocks import Extract
from ingest.readers.kinds import READERS, Unreadable
from vectorstore.passage import Page, Row

ROOT = Path(__file__).parents[1]
OCR_COMMAND = "pip install -r requirements-ocr.txt"
ANSWER_BYTES = 400_000_000  # of JSON; a child that says more is out of hand


def read_apart(file: int, kind: str) -> Extract:
    """file: descriptor of a regular file, read from its beginning. kind: of READERS. Raises Unreadable."""
    reader = READERS[kind]
    if reader.module == "ocr" and not has_ocr():
        raise Unreadable(f"是图片，读里面的字要安装：{OCR_COMMAND}", skip=True)
    os.lseek(file, 0, os.SEEK_SET)
    said, code, late = run_bounded(
        [sys.executable, "-m", "ingest.readers", kind], file, reader.limits.clock, environment()
    )
    if late or code == -signal.SIGXCPU:
        raise Unreadable(f"读取它用时超过限制（{reader.limits.processor} 秒），请拆成几个文件，或另存为别的格式")
    if code == -signal.SIGKILL:
        raise Unreadable("读取它的进程被系统结束了，多半是这台机器内存不够；请关掉别的程序再试，或把文件拆小")
    if code != 0 or not said:
        raise Unreadable(f"文件已损坏，或不是{reader.name}（读取它的进程意外结束，{code}）")
    answer = json.loads(said)
    if "problem" in answer and answer.get("instead"):
        if has_ocr():
            return read_apart(file, answer["instead"])
        raise Unreadable(f"{answer['problem']}；识别图中的字要安装：{OCR_COMMAND}", skip=answer["skip"])
    if "problem" in answer:
        raise Unreadable(answer["problem"], skip=answer["skip"])
    return _extract(answer)


def has_ocr() -> bool:
    """Whether scanned pages and pictures can be read."""
    return importlib.util.find_spec("rapidocr") is not None


def environment() -> dict[str, str]:
    """What a child needs to start, and nothing of the settings, which hold secrets."""
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "SYSTEMROOT", "VIRTUAL_ENV") if name in os.environ
    }
    return {**kept, "PYTHONIOENCODING": "utf-8", "PYTHONNOUSERSITE": "1", "OMP_NUM_THREADS": "2"}


def run_bounded(
    command: list[str], file: int | None, seconds: float, variables: dict[str, str]
) -> tuple[bytes, int, bool]:
    """Standard output, exit code, and whether it took too long and was ended, with all it started."""
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL if file is None else file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=variables,
        start_new_session=True,
    )
    ended = threading.Event()

    def end() -> None:
        ended.set()
        _end_group(child.pid)

    alarm = threading.Timer(seconds, end)
    alarm.start()
    try:
        assert child.stdout is not None
        said = child.stdout.read(ANSWER_BYTES + 1)
        if len(said) > ANSWER_BYTES:
            end()
        return said, child.wait(), ended.is_set()
    finally:
        alarm.cancel()
        if child.poll() is None:
            _end_group(child.pid)
            child.wait()
        if child.stdout is not None:
            child.stdout.close()


def _end_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _extract(answer: dict[str, Any]) -> Extract:
    return Extract(
        text=answer["text"],
        headings=tuple((start, level) for start, level in answer["headings"]),
        rows=tuple(Row(**{**row, "cells": tuple(map(tuple, row["cells"]))}) for row in answer["rows"]),
        pages=tuple(Page(**page) for page in answer["pages"]),
        notice=answer["notice"],
    )
