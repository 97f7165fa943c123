"""One index of the association's own text for all tests, made once; and the means to index any other few lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from ingest.check import check
from ingest.pipeline import ingest
from tests import office_files, postgres
from vectorstore.encoder import Encoder, load_encoder
from vectorstore.generation import Generation, current
from vectorstore.threads import one_thread_for_products

Build = Callable[[Path, Path], Generation]
CHARTER, FEES = "章程.pdf", "会费.docx"
ROOT = Path(__file__).parents[1]
DOCUMENTS = ROOT / "documents"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgresql", action="store_true", help="keep the records of all tests on a PostgreSQL server")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    on_postgresql = config.getoption("--postgresql")
    only, reason = ("sqlite", "about SQLite alone") if on_postgresql else ("postgresql", "make postgresql does this")
    for item in items:
        if item.get_closest_marker(only):
            item.add_marker(pytest.mark.skip(reason))


@pytest.fixture(scope="session", autouse=True)
def records_server(pytestconfig: pytest.Config) -> Iterator[postgres.Server | None]:
    """With --postgresql, the server that keeps all records; else none is needed."""
    if not pytestconfig.getoption("--postgresql"):
        yield None
        return
    programs = postgres.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with postgres.server(programs) as server:
        postgres.running = server
        yield server
        postgres.running = None


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
