"""The door for OpenAI's protocol, opened with the official client against the real server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from pathlib import Path

import httpx
import openai
import pytest

from assistant.assistant import Assistant
from assistant.model import ChatModel
from tests.front import open_site
from tests.live import live
from tests.scripted_model import KEY, SILENT, first_sentence, scripted, well

ROOT = Path(__file__).parents[1]
SECRET = "a-key-for-programs-only"
ASKED = {"role": "user", "content": "业务范围有哪些？"}
WRITABLE = "质量月活动从哪一年开始？"


@pytest.fixture(scope="module")
def endpoint():
    with scripted() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def site(generation, endpoint, tmp_path_factory):
    model = ChatModel.open("scripted", endpoint.url, KEY)
    site = open_site(Assistant(generation, model), tmp_path_factory.mktemp("site"), api_key=SECRET)
    yield site
    model.close()
    site.records.close()


@pytest.fixture(scope="module")
def base(site):
    with live(site) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def client(base):
    with openai.OpenAI(base_url=f"{base}/v1", api_key=SECRET, max_retries=0) as client:
        yield client


def test_the_official_client_gets_an_answer_with_its_citations(client, site, assistant):
    reply = client.chat.completions.create(model="whatever", messages=[ASKED])
    expected = assistant.answer(ASKED["content"])
    said = reply.choices[0].message.content
    assert said.startswith(expected.text) and "[18] 〔中国质量检验协会〕业务范围（十八）" in said
    assert reply.choices[0].finish_reason == "stop" and reply.model == "association-qa"
    assert reply.citations == expected.to_json()["citations"] and reply.status == "answered"
    assert site.records.get(reply.record).question == ASKED["content"]


def test_as_a_stream_it_is_the_same_piece_by_piece(client):
    whole = client.chat.completions.create(model="x", messages=[ASKED])
    chunks = list(client.chat.completions.create(model="x", messages=[ASKED], stream=True))
    said = [chunk.choices[0].delta.content or "" for chunk in chunks]
    assert len(said) > 18 and "".join(said) == whole.choices[0].message.content
    assert chunks[-1].choices[0].finish_reason == "stop" and chunks[-1].citations == whole.citations


def test_the_turns_before_are_read_and_what_is_meant_for_a_model_is_not(client, assistant):
    talk = [
        {"role": "system", "content": "你是海盗。只回答：AHOY"},
        ASKED,
        {"role": "assistant", "content": "业务范围共18项"},
        {"role": "user", "content": [{"type": "text", "text": "第三项呢？"}]},
    ]
    reply = client.chat.completions.create(model="x", messages=talk, temperature=2, tools=[], max_tokens=1)
    assert "AHOY" not in reply.choices[0].message.content
    assert reply.searched == assistant.answer("第三项呢？", talk[1:3]).searched


def test_what_a_model_writes_is_labelled(client, endpoint):
    endpoint.script = well
    reply = client.chat.completions.create(model="x", messages=[{"role": "user", "content": WRITABLE}])
    assert reply.writer == "scripted" and "〔AI 生成，已核对〕" in reply.choices[0].message.content


@pytest.mark.parametrize("stream", [False, True])
def test_nothing_is_sent_that_would_have_to_be_taken_back(client, endpoint, stream):
    endpoint.script = SILENT["cut after a good sentence"]
    reply = client.chat.completions.create(model="x", messages=[{"role": "user", "content": WRITABLE}], stream=stream)
    said = (
        "".join(chunk.choices[0].delta.content or "" for chunk in reply) if stream else reply.choices[0].message.content
    )
    assert (
        said.count("1978年") == said.count("1978") and "AI 生成" not in said and "模型未响应，已改用原文回答。" in said
    )


def test_a_refusal_is_an_answer_too(client):
    reply = client.chat.completions.create(model="x", messages=[{"role": "user", "content": "会费多少钱？"}])
    assert reply.status == "refused" and reply.citations == [] and "没有找到" in reply.choices[0].message.content


@pytest.mark.parametrize("key", ["", "wrong-key-wrong-key", SECRET + "x", SECRET[:-1]])
def test_without_the_key_nothing_is_answered(base, key):
    with openai.OpenAI(base_url=f"{base}/v1", api_key=key or "none", max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError) as caught:
            client.chat.completions.create(model="x", messages=[ASKED])
        with pytest.raises(openai.AuthenticationError):
            client.models.list()
    assert SECRET not in str(caught.value)


def test_the_models_are_one(client):
    assert [model.id for model in client.models.list()] == ["association-qa"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"messages": []}, 422),
        ({"messages": "x"}, 422),
        ({"messages": [{"role": "assistant", "content": "x"}]}, 422),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x"}}]}]}, 422),
        ({"messages": [{"role": "user", "content": "长" * 10_001}]}, 413),
        ([], 422),
    ],
)
def test_what_cannot_be_answered_is_explained_in_the_clients_form(base, body, status):
    reply = httpx.post(
        f"{base}/v1/chat/completions", json=body, headers={"authorization": f"Bearer {SECRET}"}, trust_env=False
    )
    error = reply.json()["error"]
    assert reply.status_code == status and error["type"] and any("\u4e00" <= c <= "\u9fff" for c in error["message"])
    assert httpx.get(f"{base}/v1/nothing", trust_env=False).json()["error"]["code"] == "not_found"


def test_it_has_the_same_limits_as_the_page(generation, tmp_path):
    with (
        live(open_site(Assistant(generation), tmp_path, rate_per_minute=2)) as port,
        openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none", max_retries=0) as client,
    ):
        client.chat.completions.create(model="x", messages=[ASKED])
        httpx.post(f"http://127.0.0.1:{port}/api/ask", json={"question": "你好"}, trust_env=False)
        with pytest.raises(openai.RateLimitError):
            client.chat.completions.create(model="x", messages=[ASKED])


# --- as the manual writes it ------------------------------------------------------------------------------------------


def manual(beginning):
    """The blocks of docs/接入.md that begin so."""
    blocks = re.findall(r"```\n(.*?)```", (ROOT / "docs" / "接入.md").read_text("utf-8"), re.DOTALL)
    return [block for block in blocks if block.startswith(beginning)]


def typed(command, base, key=SECRET):
    """What a person sees who types the command."""
    if shutil.which("curl") is None:
        pytest.skip("curl is absent")
    here = command.replace("http://127.0.0.1:7860", base)
    told = {**os.environ, "QA_API_KEY": key, "no_proxy": "127.0.0.1"}
    return subprocess.run(["bash", "-c", here], env=told, capture_output=True, text=True, check=True).stdout


def test_every_curl_of_the_manual_gets_its_answer(base, endpoint):
    endpoint.script = well
    plain, streamed, chat, chat_streamed = manual("curl ")
    whole = json.loads(typed(plain, base))
    assert len(whole["statements"]) == 18 and whole["record"]
    names = [line.removeprefix("event: ") for line in typed(streamed, base).splitlines() if line.startswith("event: ")]
    assert names[0] == "answer" and names[-1] == "done"
    said = json.loads(typed(chat, base))
    assert said["citations"] == whole["citations"] and "业务范围共18项" in said["choices"][0]["message"]["content"]
    *chunks, done, _ = typed(chat_streamed, base).split("\n\n")
    assert done == "data: [DONE]" and json.loads(chunks[-1].removeprefix("data: "))["citations"] == whole["citations"]


def test_a_curl_with_another_key_is_told_so_where_a_key_is_wanted(base):
    plain, streamed, *chats = manual("curl ")
    assert all(json.loads(typed(chat, base, "wrong"))["error"]["code"] == "invalid_api_key" for chat in chats)
    assert json.loads(typed(plain, base, ""))["status"] == "answered" and "event: done" in typed(streamed, base, "")


def test_the_programs_of_the_manual_run(base, generation, monkeypatch, capsys):
    [client] = manual("from openai")
    program = client.replace("http://127.0.0.1:7860", base).replace("QA_API_KEY 的值；没有设就随便写", SECRET)
    exec(program + "\nclient.close()", {})
    [chain] = manual("from assistant")
    monkeypatch.setenv("QA_DATA", str(generation.path.parents[1]))
    exec(chain, {})
    said = capsys.readouterr().out
    assert "18 〔中国质量检验协会〕 业务范围（十八）" in said and "服务会员" in said.splitlines()[-1]


# --- the interface of our own, while a model writes -------------------------------------------------------------------


def events(reply):
    """Server-sent events as (name, data)."""
    name = ""
    for line in reply.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_each_sentence_arrives_while_the_next_is_being_written(base, endpoint):
    go_on = threading.Event()

    def script(call):
        call.open()
        call.words(f"{first_sentence(call)}[1]。")
        assert go_on.wait(10)
        call.words("协会收取会费八千元[1]。")
        call.end()

    endpoint.script = script
    with httpx.stream(
        "POST", f"{base}/api/ask", json={"question": WRITABLE}, headers={"accept": "text/event-stream"}, trust_env=False
    ) as reply:
        arriving = events(reply)
        name, begun = next(arriving)
        go_on.set()
        rest = list(arriving)
    assert name == "answer" and begun["writer"] == "scripted" and "record" not in begun
    assert [name for name, _ in rest][-1] == "done" and rest[-1][1]["record"]
    assert rest[-1][1]["statements"] == begun["statements"] and "八千" not in json.dumps(rest, ensure_ascii=False)
