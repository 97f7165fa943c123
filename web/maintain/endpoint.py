"""Does the chat model that is set answer? Asked when a maintainer looks, for a few seconds at most."""

from __future__ import annotations

import time
from contextlib import closing
from urllib.parse import urlsplit

from assistant.assistant import open_model
from assistant.generate import Model, ModelUnavailable
from ingest.health import Finding
from web.settings import WebSettings
from web.words import Say

PATIENCE = 8.0  # seconds; a visitor's answer may take 20 in all
_REMEDIES = {  # words of the reason -> what to do
    ("401", "403"): "接口不认密钥，请检查 OPENAI_API_KEY。",
    ("404",): "没有这个地址或这个模型，请检查 OPENAI_BASE_URL（多以 /v1 结尾）和 QA_MODEL。",
    ("402", "429"): "请求太多或额度用完，请到提供接口的一方查看。",
    ("APIConnectionError",): "连不上，请检查 OPENAI_BASE_URL、对方是否开着、防火墙。",
    ("APITimeoutError", "TimeoutError", "timeout"): "模型太慢，或正在加载；一分钟后再打开这一页看。",
}


def endpoint_finding(say: Say, settings: WebSettings, serving: Model | None) -> Finding | None:
    """None where no model is set. serving: the one that visitors get; it is tried again at once when this one answers."""
    probe = open_model(settings)
    if probe is None:
        return None
    place = urlsplit(settings.openai_base_url).hostname or ""  # no more of the address: it may hold a password
    began = time.monotonic()
    try:
        with closing(probe.words("", "请只回答一个字：好", began + PATIENCE)) as words:
            next(piece for piece in words if piece)
    except (ModelUnavailable, StopIteration) as problem:
        reason = problem.reason if isinstance(problem, ModelUnavailable) else "empty"
        said = say("{model}（{place}）没有回答：{reason}", model=settings.model, place=place, reason=reason)
        return Finding(say("对话模型"), False, said, f"{say(_remedy(reason))}{say('这期间访客得到原文句子。')}")
    finally:
        probe.close()
    if serving:
        serving.breaker.worked()
    spent = f"{time.monotonic() - began:.1f}"
    said = say("{model}（{place}），{seconds} 秒开始回答", model=settings.model, place=place, seconds=spent)
    return Finding(say("对话模型"), True, said)


def _remedy(reason: str) -> str:
    """reason: the name of an error, with the status if there was one: AuthenticationError 401."""
    words = set(reason.split())
    known = (remedy for names, remedy in _REMEDIES.items() if words & set(names))
    return next(known, "回答不合 OpenAI 的格式，请看接口那边的日志。")
