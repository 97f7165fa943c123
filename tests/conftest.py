"""One index of the association's own text for all tests, made once; and the means to index any other few lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from ingest.check import check
from ingest.pipeline import ingest
from tests import office_files
from vectorstore.encoder import Encoder, load_encoder
from vectorstore.generation import Generation, current
from vectorstore.threads import one_thread_for_products

Build = Callable[[Path, Path], Generation]
CHARTER, FEES = "章程.pdf", "会费.docx"
ROOT = Path(__file__).parents[1]
DOCUMENTS = ROOT / "documents"


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    one_thread_for_products()  # as every door of the program does
    return load_encoder("builtin")


@pytest.fixture(scope="session")
def build(encoder: Encoder) -> Build:
    """Index a folder and open the index."""

    def build(documents: Path, data: Path) -> Generation:
        ingest(
            documents,
            data,
            encoder=encoder,
            passage_chars=500,
            check=lambda folder: check(folder, encoder),
            progress=lambda text: None,
        )
        generation = Generation.open(current(data), encoder)
        generation.dense.open_chroma()
        return generation

    return build


@pytest.fixture(scope="session")
def generation(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generation]:
    """The index of documents/."""
    opened = build(DOCUMENTS, tmp_path_factory.mktemp("data"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def formats(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generation]:
    """An index of a charter in PDF and a table of fees in Word."""
    folder = tmp_path_factory.mktemp("formats")
    (folder / CHARTER).write_bytes(office_files.charter())
    (folder / FEES).write_bytes(office_files.fees())
    opened = build(folder, tmp_path_factory.mktemp("index"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def assistant(generation: Generation) -> Assistant:
    return Assistant(generation)
