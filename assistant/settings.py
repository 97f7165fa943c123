"""What answering can be told."""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from vectorstore.settings import IndexSettings


def _endpoint(value: str) -> str:
    address = value.strip().rstrip("/")
    if address and (urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).hostname):
        raise ValueError("要写成 http://主机:端口/v1 的样子")
    return address


class AssistantSettings(IndexSettings):
    """A chat model writes the answers when there is one; without it they are the documents' own sentences."""

    model: str = Field("", max_length=200, description="对话模型的名称；不填则用原文句子作答")
    openai_base_url: Annotated[str, AfterValidator(_endpoint)] = Field(
        "",
        alias="OPENAI_BASE_URL",
        description="对话模型的接口地址，OpenAI 兼容，如 http://127.0.0.1:11434/v1",
    )
    openai_api_key: SecretStr = Field(
        SecretStr(""), alias="OPENAI_API_KEY", description="对话模型的密钥；本机的一般不要"
    )

    @model_validator(mode="after")
    def _where(self) -> Self:
        """A question goes to an address that somebody wrote down, never to a library's default."""
        if self.model and not self.openai_base_url:
            raise ValueError("设置了 QA_MODEL，还要写明接口地址 OPENAI_BASE_URL，例如 http://127.0.0.1:11434/v1。")
        return self
