"""What the pages can be told."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from assistant.settings import AssistantSettings
from vectorstore.settings import Folder


class WebSettings(AssistantSettings):
    documents: Folder = Field(Path("documents"), description="待入库文件所在的文件夹")
    passage_chars: int = Field(500, ge=100, le=2000, description="一段最多多少字")
    host: str = Field("127.0.0.1", description="监听地址")
    port: int = Field(7860, ge=1, le=65535, description="监听端口")
