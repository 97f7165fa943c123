"""What ingestion can be told."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from vectorstore.settings import Folder, IndexSettings


class IngestSettings(IndexSettings):
    documents: Folder = Field(Path("documents"), description="待入库文件所在的文件夹")
    keep: int = Field(5, ge=1, le=100, description="保留最近多少个索引，用于退回")
    passage_chars: int = Field(500, ge=100, le=2000, description="一段最多多少字")
