"""What ingestion can be told."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from vectorstore.settings import Folder, IndexSettings


class IngestSettings(IndexSettings):
    documents: Folder = Field(Path("documents"), description="待入库文件所在的文件夹")
    passage_chars: int = Field(500, ge=100, le=2000, description="一段最多多少字")
