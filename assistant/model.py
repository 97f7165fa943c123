"""A chat model behind an OpenAI-compatible endpoint: its words as they come, or one reason why there are none.

Nothing of the endpoint is trusted: not its speed, its size, its spelling of the protocol, nor that it ends. What it says
when it fails may repeat the key or the prompt, so that its own words go into no log and no error.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
import warnings
from collections.abc import AsyncIterator, Callable, Generator

import httpx2
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from assistant.breaker import Breaker
from assistant.generate import ModelUnavailable

CONNECT_SECONDS = 4.0  # an endpoint in the same room or country answers the door in a fraction of this
REPLY_CHARS = 20_000  # of thinking and answer together; an answer of four sentences has 300
REPLY_BYTES = 4_000_000  # as sent: some 200 bytes are wrapped around each word
ENDED = (
    "stop",
    "eos",
    "eos_token",
    "stop_sequence",
    "end_turn",
)  # the first by the protocol, the others by some servers
MOMENT = 0.05  # seconds without a word after which the last sentence is taken for complete
GRACE = 1.0  # seconds after the deadline in which the deadline itself must have been noticed

Piece = str | ModelUnavailable | None  # words, why there are no more of them, or the end


class ChatModel:
    """Conversations with one endpoint. They all run on one event loop in a thread of its own, made with the first."""

    def __init__(self, name: str, chat: BaseChatModel) -> None:
        self.name = name
        self.breaker = Breaker()
        self._chat = chat
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def open(cls, name: str, base_url: str, key: str) -> ChatModel:
        """Nothing is sent yet."""
        # They would repeat on stderr what the endpoint sent where the protocol wants something else.
        warnings.filterwarnings("ignore", "Pydantic serializer warnings")
        client = httpx2.AsyncClient(
            timeout=httpx2.Timeout(60.0, connect=CONNECT_SECONDS),  # the deadline of a reply is shorter
            follow_redirects=False,  # the question and the key go to the address that was set, nowhere else
            headers={"accept-encoding": "identity"},
            event_hooks={"response": [_bound]},
        )
        chat = ChatOpenAI(
            model=name,
            base_url=base_url,
            api_key=SecretStr(key or "none"),  # local servers want none, the client wants some
            temperature=0,
            max_retries=0,
            stream_usage=False,  # some servers refuse the option
            use_responses_api=False,
            stream_chunk_timeout=None,  # the deadline is ours; Python 3.11's wait_for now and then loses a cancellation
            http_async_client=client,
        )
        return cls(name, chat)

    def words(self, system: str, user: str, deadline: float) -> Generator[str, None, None]:
        """Pieces of the reply as they arrive; "" when nothing has come for a moment.

        deadline: of time.monotonic(). Raises ModelUnavailable, also when the reply has not ended well by then. Closing the
        iterator hangs up. The breaker counts what the endpoint does; a whole reply that cannot be used is no failure of it.
        """
        if not self.breaker.admits():
            raise ModelUnavailable("resting")
        pieces: queue.SimpleQueue[Piece] = queue.SimpleQueue()
        call = asyncio.run_coroutine_threadsafe(self._listen(system, user, deadline, pieces.put), self._running())
        quiet = False
        try:
            while True:
                wait = max(deadline - time.monotonic(), 0.0) + GRACE if quiet else MOMENT
                try:
                    piece = pieces.get(timeout=wait)
                except queue.Empty:
                    if quiet:
                        raise ModelUnavailable("timeout") from None
                    piece = ""
                if piece is None:
                    self.breaker.worked()
                    return
                if isinstance(piece, ModelUnavailable):
                    raise piece
                quiet = not piece
                yield piece
        except ModelUnavailable:
            self.breaker.failed()
            raise
        finally:
            call.cancel()

    async def _listen(self, system: str, user: str, deadline: float, put: Callable[[Piece], None]) -> None:
        ended, said = "", 0
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                async for chunk in self._chat.astream([SystemMessage(system), HumanMessage(user)]):
                    ended = chunk.response_metadata.get("finish_reason") or ended
                    said += len(chunk.text)
                    if said > REPLY_CHARS:
                        return put(ModelUnavailable("endless"))
                    if chunk.text:
                        put(chunk.text)
        except Exception as problem:  # of whatever kind: the libraries beneath raise their own
            return put(ModelUnavailable(_kind(problem)))
        # A connection that breaks off ends like any other; only the word for it is missing.
        return put(None if str(ended).lower() in ENDED else ModelUnavailable("cut short"))

    def close(self) -> None:
        """Hang up on every conversation. Another one opens the line again."""
        with self._lock:
            if self._loop is None:
                return
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop = None

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_run, args=(self._loop,), name="chat-model", daemon=True)
                self._thread.start()
            return self._loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    """Until stopped; what is still going on then is ended in order."""
    try:
        loop.run_forever()
        loop.run_until_complete(_hang_up())
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


async def _hang_up() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _kind(problem: Exception) -> str:
    """RateLimitError 429: never its message, which may hold the key."""
    return f"{type(problem).__name__} {getattr(problem, 'status_code', '')}".strip()


class _TooLarge(Exception):
    """More came than any reply has."""


class _Bounded(httpx2.AsyncByteStream):
    """A reply's bytes, as many as it may have."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        taken = 0
        async for part in self._stream:
            taken += len(part)
            if taken > REPLY_BYTES:
                raise _TooLarge
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _bound(response: httpx2.Response) -> None:
    """Raises _TooLarge for what is packed, since nobody asked for that and it may unpack to any size."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise _TooLarge
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _Bounded(response.stream)
