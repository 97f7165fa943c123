"""The door for LangChain: our passages as its documents, our encoder as its embeddings. Nothing inside imports this."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from vectorstore.encoder import Encoder
from vectorstore.generation import Generation
from vectorstore.passage import Hit
from vectorstore.search import search


class PassageRetriever(BaseRetriever):
    """`retriever.invoke("业务范围有哪些")` gives LangChain documents, best first, with citation and offsets in their metadata."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    generation: Generation
    limit: int = 10

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [as_langchain(hit) for hit in search(self.generation, query, limit=self.limit)]


class EncoderEmbeddings(Embeddings):
    """The index's encoder, for chains that embed by themselves."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [list(map(float, vector)) for vector in self.encoder.encode(texts)]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def as_retriever(generation: Generation, *, limit: int = 10) -> PassageRetriever:
    return PassageRetriever(generation=generation, limit=limit)


def as_langchain(hit: Hit) -> Document:
    passage = hit.passage
    metadata: dict[str, Any] = {
        "passage": passage.id,
        "document": passage.document,
        "source": passage.source,
        "title": passage.title,
        "date": passage.date,
        "label": passage.label,
        "headings": list(passage.headings),
        "start": passage.start,
        "end": passage.end,
        "score": hit.score,
    }
    return Document(page_content=passage.text, metadata=metadata)
