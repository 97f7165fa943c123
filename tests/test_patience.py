"""A visitor before an endpoint that hangs, with the patience that is really set: `make model`."""

from __future__ import annotations

import os
import threading
import time

import httpx
import pytest

from assistant import strings
from assistant.assistant import Assistant
from assistant.breaker import FAILURES
from assistant.model import ChatModel
from tests.front import open_site
from tests.live import live
from tests.scripted_model import KEY, SILENT, scripted

pytestmark = pytest.mark.skipif(not os.environ.get("QA_SLOW_TESTS"), reason="slow: QA_SLOW_TESTS=1, or make model")
QUESTION = "质量月活动从哪一年开始？"
FOLLOW_UP = {
    "question": "那究竟打哪一年起的头儿",
    "history": [
        {"role": "user", "content": "质量月活动是怎么回事？"},
        {"role": "assistant", "content": "质量月活动每年9月开展。"},
    ],
}
HANGING = ("never answers", "sends a head and nothing else", "stalls in the middle", "sends its body byte by byte")


@pytest.fixture(scope="module")
def base(generation, tmp_path_factory):
    with scripted() as endpoint:
        model = ChatModel.open("scripted", endpoint.url, KEY)
        site = open_site(Assistant(generation, model), tmp_path_factory.mktemp("site"))
        with live(site) as port:
            yield f"http://127.0.0.1:{port}", endpoint
        model.close()
        site.records.close()


def asked(base, body):
    """The answer that counts, and after how many seconds it was there."""
    started = time.monotonic()
    reply = httpx.post(f"{base}/api/ask", json=body, timeout=60, trust_env=False).json()
    return reply, time.monotonic() - started


def test_the_documents_own_words_are_there_within_twenty_seconds_whatever_hangs(base, assistant):
    base, endpoint = base
    plain = assistant.answer(QUESTION)
    found = []
    turn = threading.Lock()

    def one(name):
        found.append((name, *asked(base, {"question": QUESTION})))

    # Each endpoint that hangs is asked at once, so that the test takes the time of one.
    scripts = iter([SILENT[name] for name in HANGING])

    def script(call):
        with turn:
            mine = next(scripts)
        mine(call)

    endpoint.script = script
    people = [threading.Thread(target=one, args=(name,)) for name in HANGING]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert len(found) == len(HANGING)
    for name, reply, seconds in found:
        assert 14 < seconds < 20, (name, seconds)
        assert reply["text"] == plain.text and strings.MODEL_SILENT in reply["notices"], name


def test_a_follow_up_hangs_no_longer_and_after_five_failures_nobody_waits(base):
    base, endpoint = base
    endpoint.script = SILENT["never answers"]
    reply, seconds = asked(base, FOLLOW_UP)
    assert seconds < 20 and strings.MODEL_SILENT_BEFORE in reply["notices"]
    assert len(HANGING) + 1 >= FAILURES
    reply, seconds = asked(base, {"question": QUESTION})
    assert seconds < 1 and strings.MODEL_SILENT in reply["notices"]
