"""Is everything in order: what a maintainer looks at first, each with what to do when it is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.check import run_child
from vectorstore.build import RESERVE
from vectorstore.dense import DamagedIndex
from vectorstore.encoder import EncoderUnavailable, load_encoder
from vectorstore.generation import IndexMismatch, Manifest, NoIndex, current

BUILT = datetime(2026, 1, 1, tzinfo=UTC)  # no clock of a running program is before it
SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Finding:
    """How one thing is."""

    name: str
    ok: bool
    said: str
    remedy: str = ""  # what to do when it is not in order


def examine(data: Path, documents: Path, encoder: str) -> tuple[Finding, ...]:
    return (
        _index(data, encoder),
        _encoder(encoder),
        _documents(documents),
        _disk(data),
        _writable(data),
        _clock(data),
        _fonts(),
    )


def _index(data: Path, encoder: str) -> Finding:
    """Opened by a child process: a damaged Chroma folder can end the process that opens it."""
    name, remedy = "索引", "请运行 python -m ingest。"
    try:
        folder = current(data)
        manifest = Manifest.read(folder)
    except (NoIndex, DamagedIndex, IndexMismatch) as problem:
        return Finding(name, False, str(problem))
    code, said = run_child([sys.executable, "-m", "ingest.check", encoder, str(folder.resolve())])
    if code != 0:
        return Finding(name, False, said[-1] if said else f"检查进程意外结束（{code}）", "" if said else remedy)
    return Finding(name, True, f"{folder.name}，{manifest.documents} 个文件，{manifest.passages} 段")


def _encoder(name: str) -> Finding:
    try:
        encoder = load_encoder(name)
    except EncoderUnavailable as problem:
        return Finding("编码模型", False, str(problem))
    return Finding("编码模型", True, f"{encoder.name}（{encoder.fingerprint}，{encoder.dimension} 维）")


def _documents(folder: Path) -> Finding:
    if folder.is_dir() and os.access(folder, os.R_OK | os.X_OK):
        return Finding("文件夹", True, str(folder))
    return Finding("文件夹", False, f"{folder} 不存在或不可读", "请建立它，或用 QA_DOCUMENTS 指定另一个。")


def _disk(data: Path) -> Finding:
    place = next(parent for parent in (data.resolve(), *data.resolve().parents) if parent.exists())
    free = shutil.disk_usage(place).free
    held = sum(path.stat().st_size for path in place.rglob("*") if path.is_file()) if place == data.resolve() else 0
    needed = RESERVE + held // 2  # a generation is at least half of what a folder with two of them holds
    said = f"剩余 {free / 1e6:.0f} MB"
    if free < needed:
        return Finding("磁盘", False, said, f"下次入库约需 {needed / 1e6:.0f} MB，请清出空间。")
    return Finding("磁盘", True, said)


def _writable(data: Path) -> Finding:
    try:
        data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data):
            pass
    except OSError as problem:
        return Finding("写入权限", False, f"{data} 不可写（{problem.strerror}）", "请把它的主人改为运行本程序的用户。")
    return Finding("写入权限", True, str(data))


def _clock(data: Path) -> Finding:
    now = datetime.now(UTC)
    said = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    try:
        made = datetime.fromisoformat(Manifest.read(current(data)).created)
    except (NoIndex, DamagedIndex, IndexMismatch, ValueError):
        made = BUILT
    if now + SKEW < max(made, BUILT):
        return Finding("时钟", False, f"{said}，早于索引建立的时间 {made:%Y-%m-%d %H:%M:%S}", "请校准时钟。")
    return Finding("时钟", True, said)


def _fonts() -> Finding:
    """For pictures of pages made on this machine; visitors bring their own."""
    if not shutil.which("fc-list"):
        return Finding("中文字体", True, "没有 fc-list，未检查")
    found = subprocess.run(["fc-list", ":lang=zh", "family"], capture_output=True, text=True, check=False).stdout
    families = sorted({line.split(",")[0].strip() for line in found.splitlines() if line.strip()})
    if not families:
        # Nobody who asks needs them: no reason to call the index unhealthy.
        return Finding("中文字体", True, "没有中文字体，在本机打印或截图会缺字；需要时请安装，例如 fonts-noto-cjk")
    return Finding("中文字体", True, "、".join(families[:3]))
