"""What maintainers bring waits out of reach, under names of our own, and lands in the folder only when it is applied."""

import io
import json
import unicodedata

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest import waiting
from ingest.__main__ import main
from ingest.catalogue import read_catalogue
from ingest.edits import with_alias, with_fact, with_question, with_restored
from ingest.names import BadName, file_name
from ingest.overlay import laid_over, take_in
from ingest.waiting import Refused, WaitingArea, _tidy
from tests.test_faults import QUESTION
from tests.test_impact import FEES

KINDS = (".txt", ".md", ".jsonl")
TEXT = "关于召开年会的通知\n\n各会员单位：定于2024年5月召开年会。\n"
HOSTILE = [
    "../章程.txt", "..\\章程.txt", "/etc/passwd", "/etc/cron.d/x.txt", "C:\\fakepath\\章程.txt", "c:章程.txt", "..", ".",
    "", " ", "a/b.txt", "a\\b.txt", "..%2f章程.txt/..", "....//章程.txt", "章程.txt\0.png", "章\0程.txt", "章\n程.txt",
    "章\r\nX-Evil: 1.txt", "章\x1b[31m程.txt", ".htaccess.txt", ".章程.txt", "-rf.txt", "~root.txt", "章程.txt.", "章程.txt ",
    "CON.txt", "nul.md", "com1.txt", "LPT9.jsonl", "章程.exe", "章程.txt.php", "章程.svg", "catalogue.yaml", "questions.yaml",
    "txt", ".txt", "章" * 300 + ".txt", "程章\u202etxt.exe.txt", "章\u200b程.txt", "章\ufeff程.txt", 'a"onload=alert(1).txt',
    "<img src=x onerror=alert(1)>.txt", "a|b.txt", "a*.txt", "a?.txt", "章\ud800.txt", "章程.txt::$DATA", "\ue000.txt",
]  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "会费.txt").write_text(FEES.format("一千"), "utf-8")
    (documents / "questions.yaml").write_text(QUESTION, "utf-8")
    return documents


@pytest.fixture
def area(folder, tmp_path):
    return WaitingArea(tmp_path / "data", folder)


def brought(area, name, text=TEXT, instead=""):
    return area.add_file(name, io.BytesIO(text.encode() if isinstance(text, str) else text), "张三", instead)


def everything(place):
    return sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())


def test_there_are_thirty_five_hostile_names_and_more():
    assert len(HOSTILE) >= 35 and len(set(HOSTILE)) == len(HOSTILE)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_writes_nothing_anywhere(name, area, tmp_path):
    before = everything(tmp_path)
    with pytest.raises(BadName) as refused:
        brought(area, name)
    assert everything(tmp_path) == before
    assert str(refused.value).isprintable() and str(refused.value).encode()


@given(st.text(max_size=40), st.sampled_from(KINDS))
def test_whatever_name_is_taken_is_one_plain_file_of_the_folder(stem, kind):
    try:
        name = file_name(stem + kind, KINDS)
    except BadName:
        return
    assert "/" not in name and "\\" not in name and name not in (".", "..") and name[0] != "." and name.isprintable()
    assert file_name(name, KINDS) == name and len(name.encode()) <= 200


def test_chinese_names_are_taken_and_composed(area):
    assert brought(area, "关于2024年年会（第二次）的通知.txt").name == "关于2024年年会（第二次）的通知.txt"
    assert brought(area, "cafe\u0301.md").name == "caf\u00e9.md"


def test_a_file_waits_under_a_name_of_ours_and_not_in_the_folder(area, folder, tmp_path):
    entry = brought(area, "通知.txt")
    assert (entry.by, entry.size) == ("张三", len(TEXT.encode()))
    assert area.file(entry).read_text("utf-8") == TEXT and "通知" not in str(area.file(entry))
    assert "通知.txt" not in everything(folder)
    assert (tmp_path / "data" / "waiting").stat().st_mode & 0o077 == 0


def test_the_same_name_again_takes_the_place_of_the_first_and_withdrawn_is_gone(area, tmp_path):
    brought(area, "通知.txt")
    second = brought(area, "通知.txt", TEXT + "补充。\n")
    assert area.entries() == (second,) and len(list((tmp_path / "data/waiting/files").iterdir())) == 1
    area.withdraw(second.id)
    assert area.entries() == () and not list((tmp_path / "data/waiting/files").iterdir())


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("空.txt", b"", "空"),
        ("图.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(200), "其实是图片"),
        ("程序.md", b"MZ\x90\0" + bytes(range(256)) * 4, "其实是程序"),
        ("坏.jsonl", b"{]\n", "没有一行可以读取"),
    ],
)
def test_what_the_reader_cannot_read_is_not_kept(name, content, why, area, tmp_path):
    with pytest.raises(Refused, match=why):
        brought(area, name, content)
    assert area.entries() == () and not list((tmp_path / "data/waiting/files").iterdir())


def test_too_large_a_file_and_too_much_altogether_are_refused(area, monkeypatch):
    monkeypatch.setattr(waiting, "FILE_BYTES", 100)
    monkeypatch.setattr(waiting, "ALL_BYTES", 150)
    with pytest.raises(Refused, match="一个文件"):
        brought(area, "大.txt", "字" * 34)
    brought(area, "一.txt", "字" * 33)
    with pytest.raises(Refused, match="合计"):
        brought(area, "二.txt", "字" * 33)
    brought(area, "一.txt", "词" * 33)
    assert [entry.name for entry in area.entries()] == ["一.txt"]


def test_a_file_takes_the_place_of_another_only_when_that_is_there_and_of_its_kind(area):
    assert brought(area, "新会费.txt", instead="会费.txt").name == "会费.txt"
    for instead in ("没有.txt", "../会费.txt", "questions.yaml"):
        with pytest.raises(Refused):
            brought(area, "新会费.txt", instead=instead)
    with pytest.raises(Refused, match="类型不同"):
        brought(area, "新会费.md", instead="会费.txt")


def test_only_documents_can_be_removed_and_a_removal_can_be_taken_back(area):
    for path in ("questions.yaml", "../documents/会费.txt", "没有.txt"):
        with pytest.raises(Refused):
            area.remove_document(path, "张三")
    area.withdraw(area.remove_document("会费.txt", "张三").id)
    assert area.entries() == ()


def test_facts_are_checked_when_they_are_written(area):
    for field, value in (
        ("status", "有效"),
        ("date", "去年"),
        ("replaced_by", "没有.txt"),
        ("restore", "x"),
        ("一", "二"),
    ):
        with pytest.raises(Refused):
            area.set_fact("会费.txt", "关于会费标准的通知", field, value, "张三")
    with pytest.raises(Refused, match="没有"):
        area.set_fact("没有.txt", "题", "kind", "通知", "张三")
    with pytest.raises(Refused, match="两个字|2 个字"):
        area.set_alias("某某协会", ["会"], "张三")
    assert area.entries() == ()


def test_a_file_spoilt_by_hand_is_named_and_left_alone(area, folder):
    (folder / "catalogue.yaml").write_text("a: [", "utf-8")
    with pytest.raises(Refused, match="catalogue.yaml"):
        area.set_fact("会费.txt", "题", "kind", "通知", "张三")
    assert (folder / "catalogue.yaml").read_text("utf-8") == "a: ["


# --- YAML ------------------------------------------------------------------------------------------------------------

CATALOGUE = """# 说明：先写路径
会费.txt:   # 每年核对
  关于会费标准的通知:
    date: '2018-09-02'   # 网页所写
    kind: 通知
别的.md:
  题:
    restore:
      - "返回首页"
"""


def test_remarks_quotes_and_order_stay():
    changed = with_fact(CATALOGUE, "会费.txt", "关于会费标准的通知", "status", "已废止")
    assert changed == CATALOGUE.replace("kind: 通知\n", "kind: 通知\n    status: 已废止\n")
    assert with_fact(changed, "会费.txt", "关于会费标准的通知", "status", "") == CATALOGUE
    assert with_restored(CATALOGUE, "别的.md", "题", "下一篇").endswith('      - "返回首页"\n      - 下一篇\n')
    assert with_restored(CATALOGUE, "别的.md", "题", "返回首页") == CATALOGUE


def test_a_file_of_remarks_alone_keeps_them():
    assert with_alias("# 别名\n# 第二行\n", "某某部", ["某部", "旧部"]) == "# 别名\n# 第二行\n某某部: [某部, 旧部]\n"
    assert with_alias("甲部: [甲]  # 注\n乙部: [乙]\n", "乙部", []) == "甲部: [甲]  # 注\n"


def test_the_association_s_own_files_come_through_as_they_were():
    from tests.conftest import DOCUMENTS

    text = (DOCUMENTS / "aliases.yaml").read_text("utf-8")
    assert with_alias(text, "新名字", ["新名"]) == text + "新名字: [新名]\n"
    text = (DOCUMENTS / "catalogue.yaml").read_text("utf-8")
    changed = with_fact(text, "caqi-quality-month-2018.txt", "〔中国质量检验协会〕", "status", "现行")
    assert [line for line in changed.splitlines() if line not in text.splitlines()] == ["    status: 现行"]
    assert len(changed.splitlines()) == len(text.splitlines()) + 1


@given(*[st.text(min_size=1, max_size=20).map(_tidy).filter(bool)] * 3)
def test_no_value_can_be_anything_but_a_value(tmp_path_factory, path, work, value):
    folder = tmp_path_factory.getbasetemp()
    (folder / "catalogue.yaml").write_text(with_fact(CATALOGUE, path, work, "title", value), "utf-8")
    found = read_catalogue(folder)
    assert found[unicodedata.normalize("NFC", path)].work(work).title == value
    assert set(found) == {"会费.txt", "别的.md", unicodedata.normalize("NFC", path)}


def test_a_question_is_added_at_the_end():
    changed = with_question(QUESTION, {"id": "new", "kind": "事实", "question": "甲: #乙？", "expect": "refused"})
    assert changed.startswith(QUESTION.rstrip()) and yaml.safe_load(changed)[-1]["question"] == "甲: #乙？"


# --- laid out, planned, applied --------------------------------------------------------------------------------------


def test_the_folder_is_laid_out_as_it_will_be_and_taken_in_whole(area, folder, tmp_path):
    brought(area, "通知.txt")
    area.remove_document("会费.txt", "张三")
    area.set_fact("通知.txt", "关于召开年会的通知", "status", "已废止", "张三")
    data = tmp_path / "data"
    with laid_over(folder, data) as laid:
        assert everything(laid.folder) == ["catalogue.yaml", "questions.yaml", "通知.txt"]
        assert everything(folder) == ["questions.yaml", "会费.txt"]
        late = brought(area, "后来的.txt")
        take_in(laid, folder, data, keep=5)
    assert everything(folder) == ["catalogue.yaml", "questions.yaml", "通知.txt"]
    assert area.entries() == (late,)
    [kept] = (data / "replaced").iterdir()
    assert (kept / "会费.txt").read_text("utf-8") == FEES.format("一千")
    assert not list((data / "waiting").glob("laid-*"))


def test_a_link_in_the_folder_is_replaced_and_never_written_through(area, folder, tmp_path):
    (tmp_path / "elsewhere.txt").write_text("别处", "utf-8")
    (folder / "通知.txt").symlink_to(tmp_path / "elsewhere.txt")
    brought(area, "通知.txt")
    with laid_over(folder, tmp_path / "data") as laid:
        take_in(laid, folder, tmp_path / "data", keep=5)
    assert (tmp_path / "elsewhere.txt").read_text("utf-8") == "别处" and (folder / "通知.txt").read_text(
        "utf-8"
    ) == TEXT


def test_laying_out_never_writes_through_to_the_originals(area, folder, tmp_path):
    (folder / "catalogue.yaml").write_text(CATALOGUE, "utf-8")
    area.set_fact("会费.txt", "关于会费标准的通知", "status", "已废止", "张三")
    brought(area, "会费.txt")
    with laid_over(folder, tmp_path / "data"):
        assert (folder / "catalogue.yaml").read_text("utf-8") == CATALOGUE
        assert (folder / "会费.txt").read_text("utf-8") == FEES.format("一千")


def test_what_waits_is_planned_and_applied_from_the_command_line(area, folder, tmp_path, capsys):
    where = ["--documents", str(folder), "--data", str(tmp_path / "data"), "--json"]
    assert main(where) == 0
    brought(area, "新的.txt", FEES.format("一千元整，即每年一千"), instead="会费.txt")
    capsys.readouterr()
    assert main(["plan", *where]) == 0 and json.loads(capsys.readouterr().out)["nothing"]
    assert main(["plan", "--waiting", *where]) == 0
    [change] = json.loads(capsys.readouterr().out)["documents"]
    assert (change["document"], change["kind"]) == ("会费.txt", "changed")
    brought(area, "新的.txt", FEES.format("两千"), instead="会费.txt")
    assert main(["apply", "--waiting", *where]) == 5, "a protected question would lose its citation"
    assert (folder / "会费.txt").read_text("utf-8") == FEES.format("一千") and len(area.entries()) == 1
    assert main(["apply", "--waiting", "--force", *where]) == 0
    assert (folder / "会费.txt").read_text("utf-8") == FEES.format("两千") and not area.entries()
    capsys.readouterr()
    assert main(["plan", *where]) == 0 and json.loads(capsys.readouterr().out)["nothing"]
    assert main(["purge", "会费.txt", *where]) == 2
