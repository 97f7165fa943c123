"""Files of other makers' formats are read in a child process that can neither write, nor connect, nor outgrow its limits."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingest.blocks import Extract
from ingest.readers.kinds import READERS, Unreadable
from vectorstore.passage import Page, Row

ROOT = Path(__file__).parents[1]
OCR_COMMAND = "pip install -r requirements-ocr.txt"
ANSWER_BYTES = 400_000_000  # of JSON; a child that says more is out of hand


Pages = Callable[[int, int], None]  # told the page that is being looked at, and how many there are
_PAGE = re.compile(rb"(\d{1,4}) (\d{1,4})\n")


def unheard(page: int, pages: int) -> None:
    """Where nobody waits to be told."""


def read_apart(file: int, kind: str, pages: Pages = unheard) -> Extract:
    """file: descriptor of a regular file, read from its beginning. kind: of READERS. pages: of a scan, which takes seconds
    for each. Raises Unreadable.
    """

    def hear(line: bytes) -> None:
        if told := _PAGE.fullmatch(line):
            pages(int(told[1]), int(told[2]))

    reader = READERS[kind]
    if reader.module == "ocr" and not has_ocr():
        raise Unreadable(f"是图片，读里面的字要安装：{OCR_COMMAND}", skip=True)
    os.lseek(file, 0, os.SEEK_SET)
    said, code, late = run_bounded(
        [sys.executable, "-m", "ingest.readers", kind], file, reader.limits.clock, environment(), hear
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
            return read_apart(file, answer["instead"], pages)
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
    command: list[str],
    file: int | None,
    seconds: float,
    variables: dict[str, str],
    hear: Callable[[bytes], None] = lambda line: None,
) -> tuple[bytes, int, bool]:
    """The last line of standard output, which no newline ends, exit code, and whether it took too long and was ended, with
    all it started. hear: is given each line before that, as it comes.
    """
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
        while (said := child.stdout.readline(ANSWER_BYTES + 1)).endswith(b"\n"):
            hear(said)
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
