"""Answers that a chat model writes, in a real browser: while they grow, when they stand, when the model fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from assistant import strings
from assistant.assistant import Assistant
from assistant.breaker import FAILURES, Breaker
from assistant.model import ChatModel
from tests.browser.conftest import DARK, LIGHT, Serving
from tests.browser.test_pages import ask, axe, pytestmark, sideways, violations  # noqa: F401 - fixtures and marks
from tests.scripted_model import KEY, SILENT, Call, Scripted, passages, scripted
from vectorstore.generation import Generation

QUESTION = "质量月活动从哪一年开始？"
INVENTED = "协会每年收取会费八千元[1]。"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Scripted]:
    with scripted() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def writing(generation: Generation, endpoint: Scripted, serve: Callable[..., Serving]) -> Iterator[Serving]:
    model = ChatModel.open("scripted", endpoint.url, KEY)
    told = {"organisation": "中国质量检验协会", "model": "scripted", "openai_base_url": endpoint.url}
    yield serve(by=Assistant(generation, model), **told)
    model.close()


def sentences(call: Call, count: int) -> list[str]:
    """The first sentences of the passages, cited."""
    return [f"{text.split('。')[0]}[{n}]。" for n, text in list(passages(call.prompt).items())[:count]]


@pytest.mark.parametrize(("width", "height"), [(1280, 860), (390, 844)])
@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_it_grows_by_checked_sentences_and_falls_back_with_a_notice(
    writing: Serving, endpoint: Scripted, visit: Callable[..., Any], shot: Callable[..., None], axe: str,  # noqa: F811
    width: int, height: int, scheme: str,
) -> None:  # fmt: skip
    model = writing.site.assistant().model
    assert isinstance(model, ChatModel)
    model.breaker = Breaker()
    page = visit(width=width, height=height, scheme=scheme, at=writing)
    wrong: list[str] = []

    def look(name: str) -> None:
        page.wait_for_timeout(400)
        shot(page, f"{name}-{width}-{scheme}")
        wrong.extend(f"{name}: {found}" for found in violations(page, axe))
        if sideways(page):
            wrong.append(f"{name}: {sideways(page)} px sideways")

    go_on = threading.Event()

    def writes(call: Call) -> None:
        call.open()
        call.words(*sentences(call, 1))
        assert go_on.wait(14)
        call.words(INVENTED, *sentences(call, 2)[1:])
        call.end()

    endpoint.script = writes
    turn = ask(page, QUESTION)
    assert "AI 生成，已核对" in turn.inner_text() and turn.locator(".sources").count() == 0
    assert turn.locator(".growing .text").count() == 1
    look("written-growing")
    go_on.set()
    turn.locator(".foot").wait_for()
    said = turn.inner_text()
    assert turn.locator(".growing").count() == 0
    assert strings.MODEL_DROPPED.format(count=1) in said and "八千" not in said and turn.locator(".cite").count() >= 2
    look("written")
    endpoint.script = SILENT["cut after a good sentence"]
    turn = ask(page, QUESTION)
    turn.locator(".foot").wait_for()
    assert strings.MODEL_SILENT in turn.inner_text() and "AI 生成" not in turn.inner_text()
    look("fallback")
    for _ in range(FAILURES):
        model.breaker.failed()
    asked = len(endpoint.calls)
    turn = ask(page, QUESTION)
    turn.locator(".foot").wait_for()
    assert strings.MODEL_SILENT in turn.inner_text() and len(endpoint.calls) == asked
    look("resting")
    assert not wrong, "\n".join(wrong)
