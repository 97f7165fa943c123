"""Fifty people at once, each with a mark of their own in everything they say, on every door of the real server: `make sessions`.

The page's chat with a second turn and a shared link, /api/ask as JSON and as events, /v1 whole and streamed, and fifty staff
who look up, sign and search. Said: replies read, and marks that turned up in a reply to somebody else.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.served import Served
from web.database import Database
from web.users import Users

SESSIONS = 50
PASSWORD = "correct horse battery"
QUESTIONS = ("{}的会费是多少？", "业务范围有哪些？{}", "{}怎样入会", "协会的宗旨是什么，{}")
MARK = re.compile(r"记号[a-z]{4}\d{4}")


@dataclass
class Read:
    """What came back, by door."""

    replies: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def reply(self, door: str, mine: str, text: str, status: int = 200, *, shows: bool = True) -> str:
        """A reply to whoever has that mark: it is a good one, shows their mark, and no other."""
        self.replies[door] += 1
        marks = set(MARK.findall(text))
        if status not in (200, 303):
            self.wrong.append(f"{door}: {status} {text[:200]}")
        if marks - {mine}:
            self.wrong.append(f"{door}: {mine} 看到 {sorted(marks - {mine})[:3]}")
        if shows and mine not in marks:
            self.wrong.append(f"{door}: {mine} 没有看到自己的")
        return text


def sessions(folder: Path, chance: random.Random) -> Read:
    served, read = Served(folder), Read()
    served.ingest()
    marks = [f"记号{''.join(chance.choices('bdfhkmrtwz', k=4))}{n:04}" for n in range(SESSIONS)]
    database = Database.open(f"sqlite:///{served.data / 'records.db'}")
    for mark in marks:
        Users(database).add(f"某人{mark}", "staff", PASSWORD)
    database.close()
    served.start()
    try:
        asyncio.run(_all(served.address, marks, read, chance))
    finally:
        served.kill()
    return read


async def _all(address: str, marks: list[str], read: Read, chance: random.Random) -> None:
    limits = httpx.Limits(max_connections=2 * SESSIONS)
    async with httpx.AsyncClient(base_url=address, timeout=300, limits=limits) as client:
        config = (await client.get("/config")).json()
        asking = next(event["id"] for event in config["dependencies"] if event["api_name"] == "asked_in_box")
        marking = next(event["id"] for event in config["dependencies"] if event["api_name"] == "marked")
        await asyncio.gather(*(_person(client, mark, (asking, marking), read, chance) for mark in marks))


async def _person(
    client: httpx.AsyncClient, mark: str, chat: tuple[int, int], read: Read, chance: random.Random
) -> None:
    numbers: list[str] = []
    doors = [
        _json(client, mark, read, numbers, chance),
        _events(client, mark, read, chance),
        _v1(client, mark, read, chance),
    ]
    chance.shuffle(doors)
    for door in [*doors, _chat(client, mark, chat, read, chance)]:
        await door
    await _staff(str(client.base_url), mark, read, numbers)


async def _json(client: httpx.AsyncClient, mark: str, read: Read, numbers: list[str], chance: random.Random) -> None:
    for question in chance.sample(QUESTIONS, 2):
        history = [{"role": "user", "content": f"我是{mark}"}, {"role": "assistant", "content": f"{mark}您好"}]
        line = {"question": question.format(mark), "history": history, "qid": mark}
        reply = await client.post("/api/ask", json=line)
        numbers.append(json.loads(read.reply("json", mark, reply.text, reply.status_code))["record"])


async def _events(client: httpx.AsyncClient, mark: str, read: Read, chance: random.Random) -> None:
    line = {"question": chance.choice(QUESTIONS).format(mark)}
    reply = await client.post("/api/ask", json=line, headers={"accept": "text/event-stream"})
    read.reply("events", mark, reply.text, reply.status_code)


async def _v1(client: httpx.AsyncClient, mark: str, read: Read, chance: random.Random) -> None:
    for streamed in (False, True):
        messages = [{"role": "user", "content": chance.choice(QUESTIONS).format(mark)}]
        reply = await client.post("/v1/chat/completions", json={"messages": messages, "stream": streamed})
        # The protocol has no place for the question; `searched` repeats it.
        read.reply("v1", mark, reply.text.encode().decode("unicode_escape", "ignore") + reply.text, reply.status_code)


async def _chat(
    client: httpx.AsyncClient, mark: str, events: tuple[int, int], read: Read, chance: random.Random
) -> None:
    asking, marking = events
    session = f"s{chance.randrange(10**12)}"

    async def run(event: int, data: list[object], about: object = None) -> str:
        job = {"data": data, "fn_index": event, "session_hash": session, "trigger_id": 1, "event_data": about}
        while (joined := await client.post("/gradio_api/queue/join", json=job)).status_code == 429:
            await asyncio.sleep(1)
        said = joined.text
        async with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
            async for line in stream.aiter_lines():
                said += line + "\n"
                if '"process_completed"' in line:
                    break
        return json.dumps(
            [json.loads(line[5:]) for line in said.splitlines() if line.startswith("data:")], ensure_ascii=False
        )

    first = read.reply("chat", mark, await run(asking, [QUESTIONS[0].format(mark), None]))
    read.reply("chat", mark, await run(asking, [f"{mark}还有呢？", None]))
    key = re.search(r'"turn": "(t\w+)"', first)
    assert key, first[:500]
    link = await run(marking, [None], {"act": "share", "key": key[1]})
    token = re.search(r"/a/([\w-]{32})", link)
    assert token, link[:500]
    page = await client.get(f"/a/{token[1]}")
    read.reply("shared", mark, page.text, page.status_code)


async def _staff(address: str, mark: str, read: Read, numbers: list[str]) -> None:
    headers = {"origin": address.rstrip("/"), "accept": "text/html"}
    async with httpx.AsyncClient(base_url=address, timeout=300, headers=headers) as staff:
        entered = await staff.post("/signin", data={"name": f"某人{mark}", "password": PASSWORD})
        assert entered.status_code == 303, entered.text
        record = f"/staff/records/{numbers[0]}"
        for path in (f"/staff/?kind=all&q={mark}", record, f"/staff/search?q=会费{mark}", f"/staff/records.csv?kind=all&q={mark}"):  # fmt: skip
            page = await staff.get(path)
            read.reply("staff", mark, page.text, page.status_code)
        signed = await staff.post(f"{record}/sign", data={"verdict": "wrong", "note": f"{mark}说不对", "q": mark})
        read.reply(
            "staff", mark, str(signed.headers.get("location")).replace("%E8%AE%B0%E5%8F%B7", "记号"), signed.status_code
        )
        page = await staff.get(record)
        read.reply("staff", mark, page.text, page.status_code)


def main() -> int:
    seed = int(time.time())
    with tempfile.TemporaryDirectory() as place:
        read = sessions(Path(place), random.Random(seed))
    print(
        f"种子 {seed}：{SESSIONS} 人，读了 {sum(read.replies.values())} 个回复 {dict(read.replies)}，不对的 {len(read.wrong)} 处"
    )
    print(*read.wrong[:10], sep="\n")
    return 1 if read.wrong or min(read.replies.values(), default=0) < SESSIONS else 0


if __name__ == "__main__":
    sys.exit(main())
