"""The public page: a conversation in which every sentence leads to the words it rests on.

Everything shown is escaped here, by templates, and placed in the page piece by piece: a turn once shown is not touched again.
Markup reaches the browser as a value of gr.HTML, never through its templates: those run `${…}` found in any value.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from assistant.answer import Answer
from assistant.assistant import Assistant
from assistant.question import MAX_CHARS
from vectorstore.archive import Archive
from web.explanation import explanation
from web.logs import log_failure, new_number
from web.markup import chinese_date, digits, document_link, render, shown_title, stamped
from web.site import Site
from web.strings import ZH, Strings, strings_for
from web.suggestions import follow_ups, starters
from web.turn import message, turn

TURNS = 20  # a visitor's last questions; the assistant looks back one or two
WORKS = 6  # named in the welcome

# The page's script sends what is pressed as events of its own; here they become Gradio's, and values become patches.
_TALK = """
document.addEventListener('qa-ask', e => trigger('ask', e.detail));
document.addEventListener('qa-mark', e => trigger('mark', e.detail));
document.addEventListener('qa-new', e => trigger('new', e.detail));
"""
_PATCH = "watch('value', () => document.dispatchEvent(new CustomEvent('qa-patch', {detail: props.value})));"


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of this visitor and what was answered. Nobody else's numbers can be shared or judged from here."""

    key: str
    question: str
    said: str
    number: str
    talk: bool = False  # a greeting: no part of what a later question is about


Turns = tuple[Turn, ...]
Update = tuple[Any, ...]


def build_page(site: Site) -> gr.Blocks:
    """The page as a Gradio app, to be mounted last."""
    talk = _Talk(site)
    page: gr.Blocks
    with gr.Blocks(title=site.settings.organisation or ZH.name, analytics_enabled=False) as page:
        turns = gr.State(())
        frame = _html(talk.frame(ZH), elem_id="frame")
        welcome = _html(talk.welcome(ZH, ()), elem_id="welcome")
        stage = _html(render("talk.html", t=ZH), js_on_load=_TALK, elem_id="talk")
        feed = _html(None, js_on_load=_PATCH, html_template="", elem_id="feed")
        slots = _html(None, js_on_load=_PATCH, html_template="", elem_id="slots")
        box = gr.Textbox(
            label=ZH.question,
            show_label=False,
            placeholder=ZH.placeholder,
            submit_btn=ZH.ask,
            lines=1,
            max_lines=6,
            max_length=MAX_CHARS,
            container=False,
            elem_id="box",
        )
        line = _html(talk.line(ZH), elem_id="line")
        foot = _html(talk.foot(ZH), elem_id="foot")
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        shown = [feed, slots, turns, box]
        # A question typed while suggestions to the last one are still being found waits for them; it is not lost.
        asked = box.submit(talk.asked_in_box, [box, turns], shown, trigger_mode="always_last", **quiet)
        pressed = stage.ask(talk.asked_by_press, [turns], shown, **quiet)
        box.stop(talk.stopped, turns, [feed, box], cancels=[asked, pressed], queue=False, **quiet)
        stage.mark(talk.marked, turns, slots, **quiet)
        stage.new(talk.fresh, None, [turns, box], cancels=[asked, pressed], queue=False, **quiet)
        page.load(talk.opened, None, [frame, welcome, stage, box, line, foot], **quiet)
    return page


def theme() -> gr.themes.Base:
    """Generic fonts only, so that nothing is fetched; all the looks are in style.css."""
    return gr.themes.Base(font=["sans-serif"], font_mono=["monospace"]).set(
        body_background_fill="#f7f7f4",
        body_background_fill_dark="#16191c",
        body_text_color="#1d2326",
        body_text_color_dark="#e6e8e6",
        block_border_width="0px",
        block_shadow="none",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
    )


def rewrite_html(page: str) -> str:
    """Gradio's page with our language, style and script in it and its own advertisement out."""
    if 'class="qa qa-chat"' in page:
        return page
    page = re.sub(r"<meta\b[^>]*(?:gradio|Gradio|twitter:|og:url|og:image|og:description|\"\{url\}\")[^>]*>", "", page)
    page = page.replace('lang="en"', 'lang="zh-CN" class="qa qa-chat"', 1)
    ours = (
        f'<link rel="stylesheet" href="./{stamped("style.css")}"><script defer src="./{stamped("chat.js")}"></script>'
    )
    ours += f'<noscript><p class="noscript">{render("noscript.html", t=ZH)}</p></noscript>'
    head, mark, rest = page.partition("</head>")
    link, script = ours.split("<noscript>", 1)[0], "<noscript>" + ours.split("<noscript>", 1)[1]
    return head + link + mark + rest.replace("<gradio-app", script + "<gradio-app", 1)


class _Talk:
    """The page's functions. What a visitor said lives in that visitor's state alone."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._starters: dict[tuple[str, str], tuple[str, ...]] = {}  # of one index and one language

    # --- what stands around the conversation -------------------------------------------------------------------------

    def frame(self, t: Strings) -> str:
        archive = self._site.assistant().generation.archive
        made = self._site.assistant().generation.manifest.created[:10]
        fresh = t.fresh.format(count=len(archive.document_ids), date=made)
        if score := self._site.self_test.of(self._site.assistant().generation.name):
            fresh += t.tested.format(asked=score.asked, passed=score.passed)
        return render("frame.html", t=t, settings=self._site.settings, fresh=fresh)

    def welcome(self, t: Strings, offered: tuple[str, ...]) -> str:
        archive = self._site.assistant().generation.archive
        works = _works(archive, self._site.settings.root_path)
        more = t.works_more.format(count=len(works)) if len(works) > WORKS else ""
        return render(
            "welcome.html", t=t, settings=self._site.settings, starters=offered, works=works[:WORKS], more=more
        )

    def line(self, t: Strings) -> str:
        return render("line.html", t=t, settings=self._site.settings)

    def foot(self, t: Strings) -> str:
        settings = self._site.settings
        return render("foot.html", t=t, settings=settings, root=settings.root_path, police_code=digits(settings.police))

    def opened(self, request: gr.Request) -> Update:
        """In the visitor's language, with the index of now."""
        t = _strings(request)
        words = gr.Textbox(label=t.question, placeholder=t.placeholder, submit_btn=t.ask)
        welcome = self.welcome(t, self._offered(t))
        return self.frame(t), welcome, render("talk.html", t=t), words, self.line(t), self.foot(t)

    def _offered(self, t: Strings) -> tuple[str, ...]:
        assistant = self._site.assistant()
        key = (assistant.generation.name, t.lang)
        if key not in self._starters:
            found = starters(assistant.generation.archive, t, partial(_is_answered, assistant))
            self._starters = {**{k: v for k, v in self._starters.items() if k[0] == key[0]}, key: tuple(found)}
        return self._starters[key]

    # --- asking ------------------------------------------------------------------------------------------------------

    async def asked_in_box(self, question: str, turns: Turns, request: gr.Request) -> AsyncIterator[Update]:
        async for update in self._respond(question, "", turns, _strings(request)):
            yield update

    async def asked_by_press(self, event: gr.EventData, turns: Turns, request: gr.Request) -> AsyncIterator[Update]:
        """A suggestion, or 重新回答, which names the turn to be replaced."""
        again = _told(event, "key")
        if all(turn.key != again for turn in turns):
            again = ""
        async for update in self._respond(_told(event, "text"), again, turns, _strings(request)):
            yield update

    async def _respond(self, question: str, again: str, turns: Turns, t: Strings) -> AsyncIterator[Update]:
        question = question.strip()
        if not question:
            yield gr.skip(), gr.skip(), gr.skip(), gr.skip()
            return
        key = again or f"t{secrets.token_hex(4)}"
        before = turns[: [turn.key for turn in turns].index(again)] if again else turns
        if len(question) > MAX_CHARS:
            said = t.too_long.format(limit=MAX_CHARS)
            short = question[:80] + "…"
            yield _patch(key, message(short, said, key=key, t=t), said), gr.skip(), turns, gr.skip()
            return
        asking = gr.Textbox(value="", submit_btn=False, stop_btn=t.stop)
        ready = gr.Textbox(submit_btn=t.ask, stop_btn=False)
        waiting = message(question, t.looking, key=key, t=t, waiting=True)
        pending = _with(turns, Turn(key, question, "", ""))
        yield _patch(key, waiting), gr.skip(), pending, asking
        try:
            assistant = self._site.assistant()
            history = list(_history(before))
            show = partial(turn, key=key, t=t, settings=self._site.settings, archive=assistant.generation.archive)
            async with aclosing(self._site.answering.answers(assistant, question, history)) as answers:
                async for answer in answers:
                    if answer.writer != "extractive":
                        said = show(answer.to_json(), number="", unfinished=True)
                        yield _patch(key, said), gr.skip(), gr.skip(), gr.skip()
            why = await asyncio.to_thread(explanation, answer, assistant)
            number = await asyncio.to_thread(self._site.records.add, answer, why) if answer.status != "chat" else ""
            whole = show(answer.to_json(), number=number, missing=_texts(why["missing"]))
        except Exception as problem:  # whatever it was, the visitor gets a sentence and a number, the log the rest
            number = new_number()
            log_failure(problem, number, "chat")
            failed = t.failed.format(number=number)
            yield _patch(key, message(question, failed, key=key, t=t), failed), gr.skip(), pending, ready
            return
        announced = t.done_announced.format(count=len(answer.citations)) if answer.citations else ""
        done = _with(turns, Turn(key, question, answer.text, number, answer.status == "chat"))
        yield (
            _patch(key, whole, f"{answer.text if len(answer.text) < 200 else ''} {announced}"),
            gr.skip(),
            done,
            ready,
        )
        further = await asyncio.to_thread(self._further, answer, assistant, t)
        if further:
            yield (
                gr.skip(),
                _slot(f"further-{key}", render("further.html", t=t, questions=further)),
                gr.skip(),
                gr.skip(),
            )

    def _further(self, answer: Answer, assistant: Assistant, t: Strings) -> list[str]:
        """After a greeting, where to begin; after an answer, what stands beside it."""
        if answer.status == "chat":
            return list(self._offered(t)[:3])
        cited = [(c.passage.document, c.quote.start, c.quote.end) for c in answer.citations]
        asked = answer.question.strip()
        archive = assistant.generation.archive
        return follow_ups(cited, archive, t, lambda question: question != asked and _is_answered(assistant, question))

    def stopped(self, turns: Turns, request: gr.Request) -> Update:
        t = _strings(request)
        ready = gr.Textbox(submit_btn=t.ask, stop_btn=False)
        if not turns or turns[-1].said:
            return gr.skip(), ready
        last = turns[-1]
        return _patch(last.key, message(last.question, t.stopped, key=last.key, t=t), t.stopped), ready

    def fresh(self, request: gr.Request) -> Update:
        t = _strings(request)
        return (), gr.Textbox(value="", submit_btn=t.ask, stop_btn=False)

    # --- sharing, opinions -------------------------------------------------------------------------------------------

    def marked(self, event: gr.EventData, turns: Turns, request: gr.Request) -> Any:  # noqa: ANN401 - gradio's own
        """分享, 👍, 👎 and its reasons; only for an answer of this visitor."""
        t, key = _strings(request), _told(event, "key")
        number = next((turn.number for turn in turns if turn.key == key), "")
        act: Callable[[], str] | None = {
            "share": lambda: self._shared(key, number, t),
            "like": lambda: self._liked(number, t),
            "dislike": lambda: self._disliked(key, number, t),
            "reason": lambda: self._reason(number, _told(event, "text"), t),
        }.get(_told(event, "act"))
        if not number or act is None:
            return gr.skip()
        place = "share" if _told(event, "act") == "share" else "opinion"
        return _slot(f"{place}-{key}", act())

    def _shared(self, key: str, number: str, t: Strings) -> str:
        settings = self._site.settings
        token = self._site.records.share(number, settings.share_days)
        if not token:
            return render("word.html", word=t.share_failed)
        link = f"{settings.site_url}{settings.root_path}/a/{token}"
        return render("share.html", t=t, key=key, link=link, days=settings.share_days)

    def _liked(self, number: str, t: Strings) -> str:
        self._site.records.feedback(number, True, "")
        return render("word.html", word=t.noted_good)

    def _disliked(self, key: str, number: str, t: Strings) -> str:
        self._site.records.feedback(number, False, "")
        return render("reasons.html", t=t, key=key)

    def _reason(self, number: str, reason: str, t: Strings) -> str:
        if reason in dict(t.reasons):
            self._site.records.feedback(number, False, reason)
        return render("word.html", word=t.thanks)


def _html(value: object, **options: Any) -> gr.HTML:  # noqa: ANN401 - gradio's own
    options = {"html_template": "${value}", "js_on_load": None, "apply_default_css": False, **options}
    return gr.HTML(value, **options)


def _works(archive: Archive, root: str) -> list[dict[str, str]]:
    return [
        {
            "title": shown_title(found.work.title),
            "about": " · ".join(part for part in (found.work.kind, chinese_date(found.work.date)) if part),
            "link": document_link(root, found.document) + f"#w{found.work.number}",
        }
        for found in archive.work_titles
    ]


def _patch(key: str, html: str, said: str = "") -> dict[str, str]:
    """A turn to be put in its place; `said` is read out once, when it is complete."""
    return {"turn": key, "html": html, "said": said, "serial": secrets.token_hex(4)}


def _slot(place: str, html: str) -> dict[str, str]:
    return {"slot": place, "html": html, "serial": secrets.token_hex(4)}


def _with(turns: Turns, new: Turn) -> Turns:
    """Added at the end, or in the place of the turn it answers again."""
    if any(turn.key == new.key for turn in turns):
        return tuple(new if turn.key == new.key else turn for turn in turns)
    return (*turns, new)[-TURNS:]


def _history(turns: Turns) -> Iterator[dict[str, str]]:
    for past in turns:
        if past.talk:
            continue
        yield {"role": "user", "content": past.question}
        yield {"role": "assistant", "content": past.said}


def _is_answered(assistant: Assistant, question: str) -> bool:
    return bool(question) and assistant.answer(question).status == "answered"


def _told(event: gr.EventData, name: str) -> str:
    value = event._data.get(name) if isinstance(event._data, dict) else None
    return value if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _strings(request: gr.Request) -> Strings:
    return strings_for(request.headers.get("accept-language"))
