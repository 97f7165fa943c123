"""Chains made of ours and of LangChain's own parts."""

from __future__ import annotations

import asyncio

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import FakeListChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnablePassthrough

from assistant.assistant import Assistant
from assistant.langchain_adapter import as_runnable
from assistant.model import ChatModel
from tests.scripted_model import KEY, first_sentence, scripted
from vectorstore.langchain_adapter import as_retriever

QUESTION = "业务范围有哪些？"


@pytest.fixture(scope="module")
def runnable(assistant):
    return as_runnable(assistant)


def test_a_step_of_a_chain_gives_a_checked_answer(runnable, assistant):
    chain = runnable | RunnableLambda(lambda answer: (answer.text, [c.label for c in answer.citations]))
    text, labels = chain.invoke(QUESTION)
    assert text == assistant.answer(QUESTION).text and labels[-1] == "业务范围（十八）"


def test_turns_before_and_a_scope_come_with_the_question(runnable, assistant):
    history = [{"role": "user", "content": QUESTION}]
    answer = runnable.invoke({"question": "第三项呢？", "history": history})
    assert answer.searched == assistant.answer("第三项呢？", history).searched
    assert runnable.invoke({"question": QUESTION, "scope": ["no-such"]}).hits == ()


def test_many_questions_go_through_at_once_and_asynchronously(runnable):
    questions = [QUESTION, "会费多少钱？", "宗旨是什么？"]
    statuses = [answer.status for answer in runnable.batch(questions)]
    assert statuses == ["answered", "refused", "answered"]
    assert [answer.status for answer in asyncio.run(runnable.abatch(questions))] == statuses

    async def streamed():
        return [answer async for answer in runnable.astream(QUESTION)]

    assert [answer.status for answer in asyncio.run(streamed())] == ["answered"]


def test_callbacks_hear_of_a_stream_as_of_an_answer(runnable):
    class Heard(BaseCallbackHandler):
        def __init__(self):
            self.said = []

        def on_chain_start(self, serialized, inputs, **_):
            self.said.append(inputs)

        def on_chain_end(self, outputs, **_):
            self.said.append(outputs)

    async def streamed(config):
        return [answer async for answer in runnable.astream(QUESTION, config)]

    for ask in (runnable.invoke, lambda *asked: list(runnable.stream(*asked)), lambda _, c: asyncio.run(streamed(c))):
        heard = Heard()
        ask(QUESTION, {"callbacks": [heard]})
        assert len(heard.said) == 2 and heard.said[1].text.startswith("业务范围共18项")


def test_a_stream_is_of_complete_answers_and_a_chain_takes_the_last(generation):
    with scripted() as endpoint:
        endpoint.script = lambda call: call.say(f"{first_sentence(call)}[1]。", "会费八千元[1]。", pause=0.06)
        model = ChatModel.open("scripted", endpoint.url, KEY)
        runnable = as_runnable(Assistant(generation, model))
        answers = list(runnable.stream("质量月活动从哪一年开始？"))
        chained = list((runnable | RunnableLambda(lambda answer: answer.notices)).stream("质量月活动从哪一年开始？"))
        model.close()
    assert len(answers) >= 2 and all(answer.writer == "scripted" and answer.text for answer in answers)
    assert chained[-1] == answers[-1].notices != ()


def test_the_retriever_feeds_a_chain_of_somebody_elses_model(generation):
    retriever = as_retriever(generation, limit=3)
    prompt = ChatPromptTemplate.from_template("{context}\n\n{question}")
    seen = []
    chain = (
        {
            "context": retriever | (lambda found: "\n".join(d.page_content for d in found)),
            "question": RunnablePassthrough(),
        }
        | prompt
        | RunnableLambda(lambda value: seen.append(value.to_string()) or value)
        | FakeListChatModel(responses=["好的"])
        | StrOutputParser()
    )
    assert chain.invoke("协会的宗旨是什么") == "好的"
    assert "宗旨" in seen[0]
