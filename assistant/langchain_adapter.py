"""The door for LangChain: the whole assistant as one step of a chain. Nothing inside imports this.

The retriever alone is in vectorstore/langchain_adapter.py.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypedDict

from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import run_in_executor

from assistant.answer import Answer
from assistant.assistant import Assistant


class Asked(TypedDict, total=False):
    """A question, and what may come with it."""

    question: str
    history: Sequence[Mapping[str, str]]  # turns with role (user, assistant) and content, oldest first
    scope: Sequence[str]  # ids of the only documents to be searched


class AnswerRunnable(Runnable[str | Asked, Answer]):
    """`runnable.invoke("业务范围有哪些")` gives a checked answer; `stream` the complete answers that lead to it, the last of
    which counts, as it does in a chain."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def invoke(self, input: str | Asked, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:  # noqa: ANN401
        return self._call_with_config(lambda asked: list(self._answers([asked]))[-1], input, config)

    def stream(
        self,
        input: str | Asked,
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ANN401
    ) -> Iterator[Answer]:
        yield from self._transform_stream_with_config(iter([input]), self._answers, config)

    async def astream(
        self,
        input: str | Asked,
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ANN401
    ) -> AsyncIterator[Answer]:
        answers = self.stream(input, config)
        while (answer := await run_in_executor(config, next, answers, None)) is not None:
            yield answer

    def _answers(self, inputs: Iterable[str | Asked]) -> Iterator[Answer]:
        for given in inputs:
            asked = Asked(question=given) if isinstance(given, str) else given
            yield from self._assistant.answers(asked["question"], asked.get("history", ()), asked.get("scope"))


def as_runnable(assistant: Assistant) -> AnswerRunnable:
    return AnswerRunnable(assistant)
