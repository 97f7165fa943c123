"""doc, wps and other old office files become docx or xlsx by LibreOffice, where that is installed."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

from ingest.apart import environment, read_apart, run_bounded
from ingest.blocks import Extract
from ingest.readers.kinds import Unreadable
from ingest.readers.limits import Limits

SHEETS = {".xls", ".et", ".ods"}
OFFICE = {".doc", ".wps", ".rtf", ".odt", ".dot", ".wpt"} | SHEETS
PACKED = {".odt", ".ods"}  # zip archives themselves
LIMITS = Limits(processor=60, clock=120, file=200 << 20)  # a start alone takes seconds
PROGRAMS = ("soffice", "libreoffice", "/Applications/LibreOffice.app/Contents/MacOS/soffice")
# No macro runs and no linked file is fetched, whatever the document asks for.
_SAFE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel"><value>3</value></prop>
<prop oor:name="DisableMacrosExecution"><value>true</value></prop><prop oor:name="BlockUntrustedRefererLinks"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings"><prop oor:name="ooInetProxyType"><value>2</value></prop>
<prop oor:name="ooInetHTTPProxyName"><value>127.0.0.1</value></prop><prop oor:name="ooInetHTTPProxyPort"><value>9</value></prop>
<prop oor:name="ooInetHTTPSProxyName"><value>127.0.0.1</value></prop><prop oor:name="ooInetHTTPSProxyPort"><value>9</value></prop></item>
</oor:items>
"""


@cache
def has_office() -> str:
    """The program; "" when it is not installed."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), "")


def read_converted(file: int, suffix: str) -> Extract:
    """file: descriptor of a regular file. Raises Unreadable."""
    target = "xlsx" if suffix in SHEETS else "docx"
    program = has_office()
    if not program:
        raise Unreadable(f"读取 {suffix} 需要安装 LibreOffice；没有的话，请在 Word 或 WPS 里另存为 {target}")
    with tempfile.TemporaryDirectory(prefix="qa-office-") as folder:
        made = _convert(Path(folder), program, file, suffix, target)
        descriptor = os.open(made, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            return read_apart(descriptor, "sheet" if target == "xlsx" else "word")
        finally:
            os.close(descriptor)


def _convert(folder: Path, program: str, file: int, suffix: str, target: str) -> Path:
    given, made = folder / f"document{suffix}", folder / "out" / f"document.{target}"
    profile = folder / "profile" / "user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(_SAFE, encoding="utf-8")
    with open(file, "rb", closefd=False) as source, given.open("wb") as copy:
        source.seek(0)
        shutil.copyfileobj(source, copy)
    bounds = [
        sys.executable,
        "-m",
        "ingest.readers.limits",
        str(LIMITS.memory),
        str(LIMITS.processor),
        str(LIMITS.file),
        str(folder),
    ]
    command = [program, f"-env:UserInstallation=file://{folder / 'profile'}", "--headless", "--norestore", "--nolockcheck", "--convert-to", target, "--outdir", str(folder / "out"), str(given)]  # fmt: skip
    variables = {**environment(), "HOME": str(folder), "TMPDIR": str(folder), "SAL_USE_VCLPLUGIN": "svp"}
    _, _, late = run_bounded([*bounds, *command], None, LIMITS.clock, variables)
    if late:
        raise Unreadable(f"LibreOffice 转换它用时超过 {LIMITS.clock} 秒，请另存为 {target}")
    if not made.is_file():
        raise Unreadable(f"LibreOffice 打不开它：文件已加密或损坏，请用 Word 或 WPS 打开后另存为 {target}")
    return made
