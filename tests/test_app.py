"""The front door: what it refuses to do and how it says so; and a real server under load, in its own process."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

import app
from web.database import Database
from web.settings import WebSettings
from web.users import Person, Users

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def data(generation, tmp_path_factory) -> Path:
    """A copy of the index: these tests damage it, and write records beside it."""
    folder = tmp_path_factory.mktemp("served") / "data"
    shutil.copytree(generation.path.parents[1], folder)
    return folder


@pytest.fixture
def start(monkeypatch, capsys, data, tmp_path):
    """Run the front door up to where it would begin to serve: its exit code, and what it said."""
    served: list[object] = []
    monkeypatch.setattr(app, "set_up_logs", lambda: None)
    monkeypatch.setattr(app, "keep_access_log", lambda folder: None)
    monkeypatch.setattr(app.uvicorn.Server, "run", lambda server, sockets: served.append(server))
    monkeypatch.setattr(app, "build_app", lambda site, follow: None)
    monkeypatch.chdir(tmp_path)

    def start(*arguments: str, **settings: str) -> tuple[int, str]:
        for name, value in settings.items():
            monkeypatch.setenv(f"QA_{name.upper()}", value)
        code = app.main(["--port", str(_free_port()), "--data", str(data), *arguments])
        assert bool(served) == (code == 0)
        return code, capsys.readouterr().err

    return start


def test_it_starts(start):
    assert start()[0] == 0


def test_without_an_index_it_names_the_command(start, tmp_path):
    code, said = start("--data", str(tmp_path / "nothing"))
    assert code == 2 and "python -m ingest" in said


def test_a_port_in_use_is_said(start):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, said = start("--port", str(port))
    assert code == 2 and str(port) in said and "--port" in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5"])
def test_it_does_not_listen_beyond_this_machine_before_its_name_is_known(start, host):
    code, said = start(host=host)
    assert code == 2 and "QA_HOSTS" in said and "HTTPS" in said and "docs/运维.md" in said


def test_nor_before_somebody_can_log_in(start, tmp_path):
    alone = {"host": "0.0.0.0", "hosts": "qa.example.cn", "records_url": f"sqlite:///{tmp_path / 'records.db'}"}
    code, said = start(**alone)
    assert code == 2 and "python app.py user add" in said
    assert app.main(["user", "add", "王五", "--role", "staff"]) == 0
    assert start(**alone)[0] == 0


def test_the_first_password_is_made_and_printed_once(start, data, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("QA_RECORDS_URL", f"sqlite:///{tmp_path / 'records.db'}")
    said = []
    for _ in range(2):
        assert app.main(["--port", str(_free_port()), "--data", str(data)]) == 0
        said.append(capsys.readouterr().out)
    password = re.search(r"账号 admin，口令 (\S{19})（只显示这一次", said[0])[1]
    assert "口令" not in said[1]
    database = Database.open(f"sqlite:///{tmp_path / 'records.db'}")
    assert Users(database).check("admin", password) == Person("admin", "maintainer")
    database.close()


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"share_days": "多久"}, "QA_SHARE_DAYS"),
        ({"rate_per_minute": "0"}, "QA_RATE_PER_MINUTE"),
        ({"site_url": "qa.example.cn"}, "QA_SITE_URL"),
        ({"hosts": "https://qa.example.cn"}, "QA_HOSTS"),
        ({"trusted_proxies": "nginx"}, "QA_TRUSTED_PROXIES"),
        ({"records_url": "records.db"}, "QA_RECORDS_URL"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(start, settings, word):
    code, said = start(**settings)
    assert code == 2 and word in said and "Traceback" not in said


def test_a_port_that_does_not_exist_is_named(start):
    code, said = start("--port", "70000")
    assert code == 2 and "QA_PORT" in said


def test_an_index_of_another_encoder_is_refused(start, data, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(data, other)
    manifest = next(other.glob("generations/*/manifest.json"))
    told = json.loads(manifest.read_text(encoding="utf-8"))
    told["encoder"]["fingerprint"] = "0" * 16
    manifest.write_text(json.dumps(told), encoding="utf-8")
    code, said = start("--data", str(other))
    assert code == 4 and "python -m ingest" in said


def test_a_damaged_index_is_refused(start, data, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(data, other)
    next(other.glob("generations/*/vectors.npy")).unlink()
    assert start("--data", str(other))[0] == 5


def test_settings_take_lists_and_prefixes_as_people_write_them():
    told = WebSettings.read(
        hosts=" QA.example.cn，b.cn, ", root_path="qa/", site_url="https://qa.example.cn/", trusted_proxies="10.0.0.0/8"
    )
    assert told.host_names[:2] == ("qa.example.cn", "b.cn") and "localhost" in told.host_names
    assert (told.root_path, told.site_url, told.proxy_addresses) == ("/qa", "https://qa.example.cn", ("10.0.0.0/8",))
    assert sum(WebSettings.variable(name).startswith("QA_") for name in WebSettings.model_fields) <= 25


def test_every_setting_is_explained():
    manual = (ROOT / "docs" / "运维.md").read_text(encoding="utf-8")
    for name, field in WebSettings.model_fields.items():
        row = next((line for line in manual.splitlines() if line.startswith(f"| `{WebSettings.variable(name)}`")), "")
        assert row, f"{WebSettings.variable(name)} 没有写进 docs/运维.md"
        assert str(field.description) in row
        default = "" if field.default in (None, "") else str(field.default)
        assert f"| {f'`{default}`' if default else '（不填）'} |" in row, row


# --- a real server --------------------------------------------------------------------------------------------------


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    address: str
    out: Path
    err: Path
    data: Path

    def memory(self) -> int:
        """Resident, in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) // 1024


@pytest.fixture(scope="module")
def running(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("run")
    documents = folder / "documents"
    shutil.copytree(ROOT / "documents", documents)
    (documents / "新的通知.txt").write_text("关于开展质量月活动的通知\n\n一、时间。九月。", encoding="utf-8")
    port = _free_port()
    environment = {**os.environ, "QA_RATE_PER_MINUTE": "6000", "QA_DOCUMENTS": str(documents)}
    out, err = folder / "out", folder / "err"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        command = [sys.executable, "app.py", "--port", str(port), "--data", str(data)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=stdout, stderr=stderr)
    server = Running(process, f"http://127.0.0.1:{port}", out, err, data)
    try:
        _wait_until_alive(server)
        yield server
    finally:
        process.kill()
        process.wait()


def test_the_page_and_the_interface_answer(running):
    with httpx.Client(base_url=running.address, timeout=60) as visitor:
        page = visitor.get("/", headers={"accept": "text/html"})
        assert page.status_code == 200 and "server" not in page.headers and 'lang="zh-CN"' in page.text
        assert visitor.post("/api/ask", json={"question": "业务范围有哪些？"}).json()["status"] == "answered"
        assert visitor.get("/readyz").json()["status"] == "ready"


def test_it_says_where_to_open_it_and_that_documents_are_newer(running):
    for _ in range(100):
        if "python -m ingest" in running.out.read_text(encoding="utf-8"):
            break
        time.sleep(0.1)
    said = running.out.read_text(encoding="utf-8")
    assert running.address in said and "python -m ingest" in said


def test_five_megabytes_get_a_sentence_over_the_wire(running):
    for body in (b" " * 5_000_000, iter([b" " * 50_000] * 100)):
        reply = httpx.post(
            running.address + "/api/ask", content=body, headers={"content-type": "application/json"}, timeout=30
        )
        assert reply.status_code == 413 and "太长" in reply.json()["error"]["message"]


def test_a_malformed_request_is_not_fatal(running):
    host, port = running.address.removeprefix("http://").split(":")
    for raw in (
        b"\x00\xff\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /%0a%1b[31m HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: x\ty\r\n\r\n",
    ):
        with socket.create_connection((host, int(port)), timeout=10) as line:
            line.sendall(raw)
            assert b"HTTP/1.1 4" in line.recv(4096)


def test_four_hundred_jobs_at_once_are_bounded(running):
    config = httpx.get(running.address + "/config", timeout=30).json()
    asking = next(event["id"] for event in config["dependencies"] if event["api_name"] == "asked_in_box")

    async def ask_all(count: int) -> Counter[int]:
        limits = httpx.Limits(max_connections=100)
        async with httpx.AsyncClient(base_url=running.address, limits=limits, timeout=120) as visitor:
            jobs = [
                {"data": [f"质量月活动{n}", None], "fn_index": asking, "session_hash": f"s{n}", "trigger_id": 1}
                for n in range(count)
            ]
            replies = await asyncio.gather(*(visitor.post("/gradio_api/queue/join", json=job) for job in jobs))
            refused = [reply for reply in replies if reply.status_code != 200]
            assert all("稍等" in reply.json()["detail"] for reply in refused)
            alive = await visitor.get("/healthz")
            assert alive.status_code == 200
            return Counter(reply.status_code for reply in replies)

    asyncio.run(ask_all(100))  # what is loaded once, by the first questions and each thread, is no growth
    before = _steady_memory(running)
    counted = asyncio.run(ask_all(400))
    assert set(counted) <= {200, 429}, counted
    assert (
        httpx.post(running.address + "/api/ask", json={"question": "业务范围有哪些？"}, timeout=60).status_code == 200
    )
    assert running.memory() - before < 100


def _steady_memory(server: Running) -> int:
    """Once it has stayed the same for three seconds."""
    seen = [server.memory()]
    while len(seen) < 4 or max(seen[-4:]) - min(seen[-4:]) > 2:
        assert len(seen) < 90, seen
        time.sleep(1)
        seen.append(server.memory())
    return seen[-1]


def test_visitors_do_not_get_each_other_s_answers(running):
    async def ask(visitor: httpx.AsyncClient, n: int) -> bool:
        said = await visitor.post("/api/ask", json={"question": f"会员{n}号的会费是多少？", "qid": n})
        return said.json()["qid"] == n and f"会员{n}号" in said.json()["question"]

    async def ask_all() -> list[bool]:
        async with httpx.AsyncClient(base_url=running.address, timeout=120) as visitor:
            return await asyncio.gather(*(ask(visitor, n) for n in range(50)))

    assert all(asyncio.run(ask_all()))


def test_it_stops_when_told_and_every_line_of_its_log_is_one_event(running):
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(30) in (0, -signal.SIGTERM)
    access = "".join(path.read_text(encoding="utf-8") for path in (running.data / "access").iterdir())
    told = running.err.read_text(encoding="utf-8")
    visits, events = ([json.loads(line) for line in written.splitlines()] for written in (access, told))
    assert len(visits) > 400 and {visit["log"] for visit in visits} == {"web.access"}
    assert not [event for event in events if "traceback" in event or event["log"] == "web.access"]
    assert "127.0.0.1" not in access + told and "session_hash" not in access + told


def _wait_until_alive(server: Running) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        assert server.process.poll() is None, server.err.read_text(encoding="utf-8")
        try:
            httpx.get(server.address + "/healthz", timeout=5)
            return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(server.err.read_text(encoding="utf-8"))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
