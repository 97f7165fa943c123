"""What staff are told about the interface is what the interface does."""

from __future__ import annotations

from pydantic import ConfigDict, TypeAdapter, with_config

from tests.front import browser, built, open_site, signed_in
from web.openapi import AnswerJson, openapi


def test_staff_read_the_description_and_nobody_else_does(assistant, tmp_path):
    site = open_site(assistant, tmp_path, api_key="a-key-for-programs")
    app = built(site)
    with signed_in(app, site, "staff") as staff:
        document = staff.get("/staff/openapi.json").json()
    assert {"/api/ask", "/api/documents", "/v1/chat/completions", "/v1/models"} <= set(document["paths"])
    assert document["paths"]["/v1/models"]["get"]["security"] and "a-key-for" not in str(document)
    with browser(app) as stranger:
        assert stranger.get("/staff/openapi.json").status_code == 401
        for path in ("/openapi.json", "/docs", "/redoc", "/api/openapi.json"):
            assert stranger.get(path).status_code == 404


def test_every_answer_has_the_fields_described_and_no_others(assistant, tmp_path):
    schema = openapi(open_site(assistant, tmp_path))["paths"]["/api/ask"]["post"]["responses"]["200"]["content"]
    described = set(schema["application/json"]["schema"]["properties"]) - {"qid", "record"}
    strict = TypeAdapter(with_config(ConfigDict(extra="forbid", strict=True))(AnswerJson))
    for question in ("业务范围有哪些？", "会费多少钱？", "你好", "宗旨是什么？", "质量月活动始于1978年吗？"):
        said = assistant.answer(question).to_json()
        assert strict.validate_python(said) and set(said) == described
