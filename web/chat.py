"""The public page: a conversation, each answer with the passages it cites."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import gradio as gr

from assistant.answer import Answer
from assistant.assistant import Assistant

NEAREST = 3  # passages shown under a refusal
_CSS = """
.gradio-container{width:100%!important;max-width:860px!important;margin:0 auto!important}
.sources{font-size:.95em;line-height:1.7}.sources blockquote{margin:.2em 0 .8em;padding-left:.8em;border-left:3px solid #3b82f6}
"""


def build_page(assistant: Assistant) -> Any:  # noqa: ANN401 - gradio's own classes are untyped
    def respond(question: str, turns: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
        answer = assistant.answer(question, [_plain(turn) for turn in turns])
        said = [{"role": "user", "content": question}, {"role": "assistant", "content": message(answer)}]
        return "", [*turns, *said]

    with gr.Blocks(title="文件问答", analytics_enabled=False) as page:
        gr.Markdown("# 文件问答\n答案都是文件原文，并注明出处。")
        chat = gr.Chatbot(height="65vh", show_label=False, placeholder=f"试试问：{assistant.example()}")
        box = gr.Textbox(placeholder="请输入问题", show_label=False, submit_btn="提问", max_length=500)
        box.submit(respond, [box, chat], [box, chat], concurrency_limit=8, api_visibility="private")
    return page


def message(answer: Answer) -> str:
    """The answer and its passages, as the chat shows them; whatever documents or people wrote is escaped."""
    parts = [html.escape(answer.text).replace("\n", "<br>")]
    cards = [
        f"<b>[{c.number}]</b> {_title(c.passage.title)}{html.escape(c.label)}{_date(c.passage.date)}"
        f"<blockquote>{html.escape(c.quote.text)}</blockquote>"
        for c in answer.citations
    ]
    if answer.status == "refused":
        cards = [
            f"{_title(hit.passage.title)}{html.escape(hit.passage.label)}<blockquote>{html.escape(hit.passage.text)}</blockquote>"
            for hit in answer.hits[:NEAREST]
        ]
    if cards:
        name = "最接近的原文" if answer.status == "refused" else "出处"
        parts.append(f"<details open class='sources'><summary>{name}</summary>{''.join(cards)}</details>")
    parts += [f"<small>{html.escape(notice)}</small>" for notice in answer.notices]
    return "\n\n".join(parts)


def _title(title: str) -> str:
    return html.escape(title if title.startswith("〔") else f"《{title}》")


def _date(date: str) -> str:
    return f" · {html.escape(date)}" if date else ""


def _plain(turn: dict[str, Any]) -> dict[str, str]:
    """A turn as the assistant reads it: Gradio gives its content as text or as a list of parts."""
    content = turn.get("content")
    if isinstance(content, Sequence) and not isinstance(content, str):
        content = "".join(part.get("text", "") for part in content if isinstance(part, dict))
    return {"role": str(turn.get("role")), "content": content if isinstance(content, str) else ""}


def styles() -> str:
    return _CSS
