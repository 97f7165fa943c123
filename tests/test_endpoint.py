"""Maintainers see whether the chat model answers, and what to do when it does not; soon, and without the key."""

from __future__ import annotations

import time

import pytest

from assistant.assistant import open_model
from assistant.breaker import FAILURES
from tests.scripted_model import KEY, SILENT, STALLING, Script, saying, scripted
from web.maintain import endpoint
from web.maintain.endpoint import endpoint_finding
from web.maintain.words import ENGLISH
from web.settings import WebSettings
from web.words import say_for

SAY = say_for("zh-CN")


def told(url: str) -> WebSettings:
    return WebSettings.read(model="qwen3:8b", openai_base_url=url, openai_api_key=KEY, data="nowhere")


def test_without_a_model_there_is_nothing_to_see():
    assert endpoint_finding(SAY, WebSettings.read(data="nowhere"), None) is None


def test_an_endpoint_that_answers_is_in_order_and_serves_again_at_once():
    with scripted() as there:
        there.script = saying("好")
        settings = told(there.url)
        serving = open_model(settings)
        for _ in range(FAILURES):
            serving.breaker.failed()
        found = endpoint_finding(SAY, settings, serving)
    assert found.ok and "qwen3:8b（127.0.0.1）" in found.said and not found.remedy
    assert not serving.breaker.resting
    assert KEY in there.calls[0].headers and KEY not in str(found)


def test_a_password_in_the_address_is_not_shown_either():
    with scripted() as there:
        found = endpoint_finding(SAY, told(there.url.replace("//", "//user:hush@")), None)
    assert "127.0.0.1" in found.said and "hush" not in str(found)


@pytest.mark.parametrize("name", SILENT)
def test_whatever_is_wrong_is_said_in_time_with_what_to_do_and_no_key(name: str, monkeypatch):
    monkeypatch.setattr(endpoint, "PATIENCE", 0.5 if name in STALLING else 3.0)
    script: Script = SILENT[name]
    with scripted() as there:
        there.script = script
        began = time.monotonic()
        found = endpoint_finding(SAY, told(there.url), None)
        assert time.monotonic() - began < endpoint.PATIENCE + 2
    if not found.ok:
        assert "没有回答" in found.said and "请" in found.remedy or "一分钟" in found.remedy
        assert "原文句子" in found.remedy
    assert KEY not in str(found) and "Traceback" not in str(found)


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("AuthenticationError 401", "OPENAI_API_KEY"),
        ("NotFoundError 404", "QA_MODEL"),
        ("RateLimitError 429", "额度"),
        ("APIConnectionError", "防火墙"),
        ("timeout", "加载"),
        ("InternalServerError 500", "日志"),
    ],
)
def test_the_advice_fits_the_reason(reason, word):
    assert word in endpoint._remedy(reason) and endpoint._remedy(reason) in ENGLISH
