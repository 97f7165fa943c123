"""What is said when a request goes no further: one sentence for each status."""

from __future__ import annotations

import html

SENTENCES = {
    400: ("bad_request", "这个请求看不懂，请刷新页面后再试。"),
    401: ("unauthorized", "请先登录。"),
    403: ("forbidden", "这个请求不是从本站页面发出的，没有执行。请在本站页面上操作。"),
    404: ("not_found", "没有这个页面，可能是链接写错了，或内容已经撤下。"),
    405: ("not_allowed", "这个地址不能这样访问。"),
    408: ("too_slow", "内容传得太慢，没有收全，请再试一次。"),
    413: ("too_large", "内容太长了，请缩短后再试。"),
    415: ("bad_type", "请用 JSON 格式发送（Content-Type: application/json）。"),
    421: ("wrong_host", "本站不使用这个网址，请从正式网址打开。"),
    422: ("bad_request", "请求的内容不完整或类型不对。"),
    429: ("too_many", "问得有点快，请稍等片刻再问。"),
    500: ("failed", "抱歉，处理时出了差错，请稍后再试。"),
    503: ("busy", "现在提问的人较多，请稍等片刻再问。"),
}

NOT_YOURS = "您的账号不能用这一页，请找维护人员。"
NO_LOGIN = "现在不能登录：记录库暂时打不开，请稍后再试。"


class Refused(Exception):
    """A request that goes no further."""

    def __init__(self, status: int, *, wait: float = 0.0, sentence: str = "") -> None:
        super().__init__(status)
        self.status, self.wait, self.sentence = status, wait, sentence


def error_page(sentence: str, prefix: str) -> bytes:
    """A page of one sentence, and the way home."""
    return f"""<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>无法显示</title>
<style>body{{font:17px/1.8 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;max-width:34em;margin:18vh auto;padding:0 24px;color:#1f2937;background:#fff}}
a{{color:#1d4ed8}}@media(prefers-color-scheme:dark){{body{{color:#e5e7eb;background:#111827}}a{{color:#93c5fd}}}}</style>
<main><h1 style="font-size:1.2em">{html.escape(sentence)}</h1><p><a href="{html.escape(prefix)}/">回到首页</a></p></main></html>
""".encode()
