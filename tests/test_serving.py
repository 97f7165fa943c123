"""A newer index is taken up while people ask; one that cannot be opened changes nothing."""

import threading
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from vectorstore.dense import DamagedIndex
from vectorstore.generation import switch
from web.serving import Serving
from web.settings import WebSettings


@pytest.fixture
def made(tmp_path, encoder):
    """An index of one notice, and the means to make another of changed words."""
    documents = tmp_path / "documents"
    documents.mkdir()

    def write(fee: str) -> str:
        (documents / "通知.txt").write_text(f"关于会费的通知\n\n会费标准为每年{fee}元，由秘书处收取。\n", "utf-8")
        report = ingest(
            documents,
            tmp_path / "data",
            encoder=encoder,
            passage_chars=500,
            check=lambda f: None,
            progress=lambda t: None,
        )
        return report.generation

    write("一千")
    serving = Serving.open(WebSettings.read(data=tmp_path / "data"))
    yield serving, write, tmp_path / "data"
    serving.close()


def fee(serving: Serving) -> str:
    return serving.assistant().answer("会费标准是每年多少元？").text


def test_a_new_index_is_served_without_a_restart(made):
    serving, write, _ = made
    assert "一千" in fee(serving) and serving.follow() == ""
    name = write("两千")
    assert "一千" in fee(serving)
    assert serving.follow() == name and "两千" in fee(serving)
    assert serving.follow() == ""


def test_questions_asked_during_the_switch_are_all_answered_from_one_index(made):
    serving, write, _ = made
    write("两千")
    said, failed = [], []

    def ask():
        for _ in range(30):
            try:
                said.append(fee(serving))
            except Exception as problem:
                failed.append(problem)

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    serving.follow()
    for asker in askers:
        asker.join()
    assert not failed and len(said) == 120
    assert all(("一千" in text) != ("两千" in text) for text in said)


def test_an_index_that_cannot_be_opened_changes_nothing_and_is_tried_once(made):
    serving, _, data = made
    broken = data / "generations" / "broken"
    broken.mkdir()
    Path(broken / "manifest.json").write_text("{", "utf-8")
    switch(data, "broken")
    with pytest.raises(DamagedIndex):
        serving.follow()
    assert serving.follow() == "" and "一千" in fee(serving)


def test_going_back_is_followed_too(made):
    serving, write, data = made
    first = serving.assistant().generation.name
    write("两千")
    serving.follow()
    switch(data, first)
    assert serving.follow() == first and "一千" in fee(serving)
