"""What answering can be told."""

from __future__ import annotations

from vectorstore.settings import IndexSettings


class AssistantSettings(IndexSettings):
    """Only what indexing and asking share, so far."""
