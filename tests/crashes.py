"""The server killed by SIGKILL while fifty people ask and staff sign: `make crash` does it twenty times, `.ci/run` three.

Said: answers that arrived whole and signatures that were confirmed, how many of them are lost, whether the database is sound,
the log whole, the login still good, and how long the next start takes.
"""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.served import Served
from web.database import Database
from web.users import Users

SESSIONS, SIGNERS = 50, 4
ANSWERS = (5, 60)  # that have come before the signal does, and
MOMENT = (0.0, 0.3)  # seconds more
QUESTIONS = ("业务范围有哪些？", "协会的宗旨是什么", "业务范围第七项", "会员退会要交多少钱")
NAME, PASSWORD = "李四", "correct horse battery"


@dataclass
class Heard:
    """What the server said was done."""

    answers: dict[str, tuple[str, str]] = field(default_factory=dict)  # record number -> question, text
    signed: set[str] = field(default_factory=set)
    unnumbered: int = 0
    over: bool = False


def kill_under_load(times: int, folder: Path, chance: random.Random) -> list[str]:
    """What was found wrong, in words; prints the figures."""
    served, heard, wrong = Served(folder), Heard(), []
    served.ingest()
    _add_user(served.data)
    starts = [served.start()]
    login = _sign_in(served)
    try:
        for n in range(1, times + 1):
            people = threading.Thread(target=lambda: asyncio.run(_people(served, heard, login, chance)))
            heard.over = False
            people.start()
            enough = len(heard.answers) + chance.randint(*ANSWERS)
            while len(heard.answers) < enough and people.is_alive():
                time.sleep(0.005)
            time.sleep(chance.uniform(*MOMENT))
            served.kill()
            heard.over = True
            people.join()
            wrong += [f"{n}: {problem}" for problem in _unsound(served.data, folder / f"copy{n}")]
            starts.append(served.start())
            wrong += [f"{n}: {problem}" for problem in _lost(served.data, heard)]
            if httpx.get(served.address + "/staff/", headers=login, timeout=60).status_code != 200:
                wrong.append(f"{n}: 登录失效")
    finally:
        served.kill()
    visits = _visits(served.data)
    print(f"收到完整答案 {len(heard.answers)} 个，没有编号的 {heard.unnumbered} 个，确认的签字 {len(heard.signed)} 个")
    print(f"访问日志 {visits} 行，行行完整；启动最慢 {max(starts):.1f} 秒，其中平时 {starts[0]:.1f} 秒")
    if heard.unnumbered or not heard.signed or len(heard.answers) < ANSWERS[0] * times:
        wrong.append("答案没有编号，或负载太小，什么也没有证明")
    return wrong


def _add_user(data: Path) -> None:
    database = Database.open(f"sqlite:///{data / 'records.db'}")
    Users(database).add(NAME, "staff", PASSWORD)
    database.close()


def _sign_in(served: Served) -> dict[str, str]:
    """The headers of somebody who is logged in."""
    own = {"origin": served.address}
    reply = httpx.post(served.address + "/signin", data={"name": NAME, "password": PASSWORD}, headers=own, timeout=60)
    assert reply.status_code == 303, reply.text
    return {**own, "cookie": "; ".join(f"{name}={value}" for name, value in reply.cookies.items())}


async def _people(served: Served, heard: Heard, login: dict[str, str], chance: random.Random) -> None:
    async with httpx.AsyncClient(base_url=served.address, timeout=60) as client:
        askers = [_ask(client, heard, chance) for _ in range(SESSIONS)]
        await asyncio.gather(*askers, *(_sign(client, heard, login, chance) for _ in range(SIGNERS)))


async def _ask(client: httpx.AsyncClient, heard: Heard, chance: random.Random) -> None:
    while not heard.over:
        question = f"{chance.choice(QUESTIONS)} {chance.randrange(10**6)}"
        try:
            reply = await client.post("/api/ask", json={"question": question})
            answer = reply.json()
        except (httpx.HTTPError, ValueError):
            return
        if not answer["record"]:
            heard.unnumbered += 1
        else:
            heard.answers[answer["record"]] = (question, answer["text"])


async def _sign(client: httpx.AsyncClient, heard: Heard, login: dict[str, str], chance: random.Random) -> None:
    while not heard.over:
        unsigned = [number for number in list(heard.answers) if number not in heard.signed]
        if not unsigned:
            await asyncio.sleep(0.05)
            continue
        number = chance.choice(unsigned)
        try:
            path = f"/staff/records/{number}/sign"
            reply = await client.post(path, data={"verdict": "wrong", "reason": "不完整"}, headers=login)
        except httpx.HTTPError:
            return
        if reply.status_code == 303:
            heard.signed.add(number)


def _unsound(data: Path, place: Path) -> list[str]:
    """Looked at in a copy, so that the server finds its files as the killed one left them."""
    place.mkdir()
    for path in data.glob("records.db*"):
        shutil.copy(path, place)
    connection = sqlite3.connect(place / "records.db")
    try:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as problem:
        found = [str(problem)]
    finally:
        connection.close()
    shutil.rmtree(place)
    return [] if found == ["ok"] else [f"库损坏：{found[:3]}"]


def _lost(data: Path, heard: Heard) -> list[str]:
    """Numbers that were given and lead to nothing, or to something else."""
    connection = sqlite3.connect(data / "records.db")
    rows = connection.execute("SELECT number, question, answer, verdict FROM records").fetchall()
    reviewed = {number for (number,) in connection.execute("SELECT number FROM reviews")}
    connection.close()
    kept = {number: (question, json.loads(answer)["text"], verdict) for number, question, answer, verdict in rows}
    lost = [f"丢失 {number}" for number, said in heard.answers.items() if kept.get(number, ("", "", ""))[:2] != said]
    unsigned = [number for number in heard.signed if kept[number][2] != "wrong" or number not in reviewed]
    return lost + [f"签字丢失 {number}" for number in unsigned]


def _visits(data: Path) -> int:
    lines = [line for path in (data / "access").iterdir() for line in path.read_text("utf-8").splitlines()]
    return len([json.loads(line)["request"] for line in lines])


def main(arguments: Sequence[str]) -> int:
    times, seed = int(arguments[0]), int(time.time())
    with tempfile.TemporaryDirectory() as place:
        wrong = kill_under_load(times, Path(place), random.Random(seed))
    print(f"种子 {seed}：{times} 次强行终止，不对的有 {len(wrong)} 处", *wrong[:10], sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
