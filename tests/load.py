"""Fifty people ask while the documents change five times; and a hundred switches of the index in one process.

`make load` does it for two minutes; `.ci/run` for half a minute. Said: answers, failures, 95th percentiles, growth.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from vectorstore.generation import current, switch
from web import serving as serving_module
from web.serving import Serving
from web.settings import WebSettings

ROOT = Path(__file__).parents[1]
SESSIONS = 50
INGESTS = 5
THINKING = (1.0, 3.0)  # seconds between an answer and the next question of one person
SLOWER = 1.5  # the 95th percentile while documents change, in that at rest
PATIENCE = 30  # seconds that a new index may take to answer its first question
SWITCHES = 100
CHANCE = 2  # open files more or less, by the moment at which it is counted
GROWTH = 30  # MB that a process may gain from the tenth switch to the last
QUESTIONS = (
    "业务范围有哪些？",
    "协会的宗旨是什么",
    "业务范围第七项",
    "质量月是哪一年开始的",
    "云岭会费标准是每年多少元？",
    "会员退会要交多少钱",
)
FEE = 4  # which of them the changing notice answers


@dataclass
class Load:
    """What the sessions saw."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {"rest": [], "changing": []})
    failed: list[str] = field(default_factory=list)
    fees: list[tuple[str, str]] = field(default_factory=list)  # generation that answered, and what it said
    phase: str = "rest"
    over: bool = False

    def saw(self, generation: str) -> bool:
        return any(name == generation for name, _ in self.fees)

    def p95(self, phase: str) -> float:
        times = sorted(self.seconds[phase])
        return times[int(0.95 * len(times))]


def sessions_while_documents_change(seconds: float, folder: Path, seed: int) -> tuple[Load, dict[str, str]]:
    """The load, and the fee that stands in each generation. A quarter of the time nothing changes."""
    documents, data = folder / "documents", folder / "data"
    shutil.copytree(ROOT / "documents", documents)
    fees = {_ingest(documents, data, 0): _fee(0)}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "QA_RATE_PER_MINUTE": "6000", "QA_DOCUMENTS": str(documents), "QA_DATA": str(data)}
    log = (folder / "log").open("wb")
    server = subprocess.Popen(
        [sys.executable, "app.py", "--port", str(port)], cwd=ROOT, env=environment, stdout=log, stderr=log
    )
    load = Load()
    try:
        _wait_until_warm(f"http://127.0.0.1:{port}")
        people = threading.Thread(target=lambda: asyncio.run(_people(f"http://127.0.0.1:{port}", load, seed)))
        people.start()
        time.sleep(seconds / 4)
        load.phase = "changing"
        began = time.monotonic()
        for n in range(1, INGESTS + 1):
            name = _ingest(documents, data, n)
            fees[name] = _fee(n)
            due = began + n * 0.75 * seconds / INGESTS
            given_up = time.monotonic() + PATIENCE
            while time.monotonic() < due or (not load.saw(name) and time.monotonic() < given_up):
                time.sleep(0.1)
        load.over = True
        people.join()
    finally:
        server.kill()
        server.wait()
        log.close()
    return load, fees


def _fee(n: int) -> str:
    return f"{1000 + n}元"


def _ingest(documents: Path, data: Path, n: int) -> str:
    (documents / "会费通知.txt").write_text(
        f"关于云岭会费的通知\n\n云岭会费标准为每年{_fee(n)}，由秘书处收取。\n", "utf-8"
    )
    command = [sys.executable, "-m", "ingest", "--documents", str(documents), "--data", str(data)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return current(data).name


def _wait_until_warm(address: str) -> None:
    for _ in range(600):
        try:
            if httpx.get(address + "/readyz").status_code == 200:
                break
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    for question in QUESTIONS * 3:
        httpx.post(address + "/api/ask", json={"question": question}, timeout=60)


async def _people(address: str, load: Load, seed: int) -> None:
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=httpx.Limits(max_connections=SESSIONS)) as client:
        await asyncio.gather(*(_person(client, load, random.Random(seed + n)) for n in range(SESSIONS)))


async def _person(client: httpx.AsyncClient, load: Load, chance: random.Random) -> None:
    await asyncio.sleep(chance.uniform(0, THINKING[1]))
    while not load.over:
        n, phase, asked = chance.randrange(len(QUESTIONS)), load.phase, time.monotonic()
        try:
            reply = await client.post("/api/ask", json={"question": QUESTIONS[n]})
            answer = reply.json()
            load.seconds[phase].append(time.monotonic() - asked)
            if reply.status_code != 200 or answer["status"] not in ("answered", "refused"):
                load.failed.append(f"{QUESTIONS[n]}: {reply.status_code} {reply.text[:200]}")
            elif n == 0 and len(answer["statements"]) != 18:
                load.failed.append(f"{QUESTIONS[n]}: {len(answer['statements'])}")
            elif n == FEE:
                load.fees.append((answer["generation"], answer["text"]))
        except (httpx.HTTPError, ValueError, KeyError) as problem:
            load.failed.append(f"{QUESTIONS[n]}: {problem!r}")
        await asyncio.sleep(chance.uniform(*THINKING))


@dataclass(frozen=True, slots=True)
class Held:
    """What this process holds: open files, threads, resident megabytes."""

    descriptors: int
    threads: int
    megabytes: float

    @classmethod
    def now(cls) -> Held:
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return cls(
            len(os.listdir("/proc/self/fd")), threading.active_count(), pages * os.sysconf("SC_PAGE_SIZE") / 2**20
        )


def switches(folder: Path, times: int) -> tuple[Held, Held]:
    """What is held after a tenth of the switches between two generations, and after the last."""
    documents, data = folder / "documents", folder / "data"
    shutil.copytree(ROOT / "documents", documents)
    names = [_ingest(documents, data, n) for n in range(2)]
    serving_module.GRACE = 0.0
    serving = Serving.open(WebSettings.read(data=data))
    early = None
    for n in range(times):
        switch(data, names[n % 2])
        assert serving.follow() == names[n % 2]
        assert _fee(n % 2) in serving.assistant().answer(QUESTIONS[FEE]).text
        if n == times // 10:
            early = Held.now()
    late = Held.now()
    serving.close()
    assert early is not None
    return early, late


def main(arguments: Sequence[str]) -> int:
    seconds, seed = float(arguments[0]), int(time.time())
    with tempfile.TemporaryDirectory() as place:
        load, fees = sessions_while_documents_change(seconds, Path(place) / "load", seed)
        early, late = switches(Path(place) / "switches", SWITCHES)
    mixed = [(name, text) for name, text in load.fees if fees.get(name, "?") not in text]
    slower = load.p95("changing") / load.p95("rest")
    asked, seen = sum(map(len, load.seconds.values())), len({name for name, _ in load.fees})
    print(
        f"种子 {seed}：{SESSIONS} 人问了 {asked} 次，失败 {len(load.failed)}，答案与索引不符 {len(mixed)}，经过 {seen} 个索引"
    )
    print(
        f"p95 平时 {load.p95('rest') * 1000:.0f} 毫秒，入库期间 {load.p95('changing') * 1000:.0f} 毫秒，比值 {slower:.2f}"
    )
    print(f"{SWITCHES} 次切换：第 {SWITCHES // 10} 次后 {early}，最后 {late}")
    print(*load.failed[:5], *mixed[:5], sep="\n")
    sound = not load.failed and not mixed and seen == INGESTS + 1
    steady = late.descriptors <= early.descriptors + CHANCE and late.threads <= early.threads
    return 0 if sound and steady and late.megabytes - early.megabytes < GROWTH else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
