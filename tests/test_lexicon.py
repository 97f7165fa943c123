"""The documents' own vocabulary: what is learned, what is kept out of it, and what a short form stands for."""

from collections import Counter
from pathlib import Path

import pytest

from assistant.aliases import aliases, expanded
from ingest.aliases import read_aliases
from ingest.catalogue import CatalogueError
from ingest.pipeline import ingest, stale
from vectorstore.dense import DamagedIndex
from vectorstore.findings import Findings, found_in, read_findings, write_findings
from vectorstore.generation import FORMAT, Generation, IndexMismatch, Manifest, current
from vectorstore.lexicon import Lexicon, dialect, learn
from vectorstore.passage import Document, Passage
from vectorstore.words import Segmenter, words


def learned(*texts: str, **given: list[str]) -> Lexicon:
    """A lexicon of passages that hold these texts."""
    passages = [Passage(str(i), "d", "d", 0, None, "", "", "", (), t, 0, len(t)) for i, t in enumerate(texts)]
    lexicon = learn([found_in(Document("d", "d", "", "", "", (), (), tuple(passages), ()))], given)
    return lexicon.with_words(Counter(word for text in texts for word in lexicon.segmenter.words(text)))


@pytest.fixture(scope="module")
def ours() -> Lexicon:
    return learned(
        *["中国质量检验协会由质量检验机构自愿结成。"] * 3,
        "国家市场监督管理总局(简称 )成立之前,主管部门为原国家质量监督检验检疫总局(简称原质检总局)。",
        国家市场监督管理总局=["市场监管总局"],
    )


@pytest.fixture
def folder(tmp_path) -> Path:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "简介.txt").write_text(
        "中国质量检验协会简介\n\n中国质量检验协会由质量检验机构自愿结成,设立“质量月”活动。\n", "utf-8"
    )
    return documents


@pytest.fixture
def run(folder, tmp_path, encoder):
    def run(data=tmp_path / "data"):
        return ingest(
            folder, data, encoder=encoder, passage_chars=500, check=lambda folder: None, progress=lambda text: None
        )

    return run


def test_a_name_is_read_where_the_body_begins_and_ends():
    lexicon = learned(
        "国家市场监督管理总局联合中共中央宣传部,中国质量检验协会组织企业,海尔集团、重庆红九九食品有限公司发出倡议。"
    )
    assert set(lexicon.names) == {
        "国家市场监督管理总局",
        "中共中央宣传部",
        "中国质量检验协会",
        "海尔集团",
        "重庆红九九食品有限公司",
    }


@pytest.mark.parametrize(
    "text", ["34个相关部门、行业协会共同参加。", "全国性行业协会。", "各级委员会,本协会,其他公司。"]
)
def test_bodies_in_general_are_no_names(text):
    assert not learned(text, text, text).names


@pytest.mark.parametrize(
    ("text", "short", "full"),
    [
        ("《中华人民共和国食品安全法》(以下简称《食安法》)", "食安法", "中华人民共和国食品安全法"),
        ("中国质量检验协会(以下简称“中检协”)负责解释。", "中检协", "中国质量检验协会"),
        ("中国质量检验协会,以下称质检协会,设秘书处。", "质检协会", "中国质量检验协会"),
        ("原国家质量监督检验检疫总局(简称原质检总局)。", "质检总局", "国家质量监督检验检疫总局"),
        ("一体化在线政务服务平台(下称一体化平台)建成。", "一体化平台", "一体化在线政务服务平台"),
    ],
)
def test_a_definition_gives_its_short_form(text, short, full):
    assert learned(text).short_forms[short] == full


@pytest.mark.parametrize(
    "text",
    [
        "国家市场监督管理总局(简称 )成立。",
        "国家市场监督管理总局(简称)成立。",
        "《会费管理办法》(以下简称本办法)。",
        "他被称为专家,自称无误。",
        "独资保险公司(以下简称保险公司)。",
    ],
)
def test_what_defines_nothing_for_others_is_learned_as_nothing(text):
    assert not learned(text).short_forms


def test_a_short_form_defined_in_two_ways_means_neither():
    assert not learned("甲省质量检验学会(简称质检会)。", "乙市质量检测学会(简称质检会)。").short_forms


def test_a_term_is_learned_with_its_meaning():
    lexicon = learned("本办法所称首负责任,是指由最先接到投诉的单位负责。")
    assert lexicon.meanings == {"首负责任": "由最先接到投诉的单位负责"} and "首负责任" in lexicon.vocabulary


@pytest.mark.parametrize("short", ["质检协会", "中国质检协会", "协会"])
def test_a_short_form_drawn_from_every_word_of_the_name_is_ours(ours, short):
    assert ours.stands_for(short) == "中国质量检验协会"


@pytest.mark.parametrize(
    "short", ["质协", "中质协", "质量协会", "中国质量协会", "检验协会", "质检学会", "质检", "总局"]
)
def test_a_short_form_of_another_body_or_of_several_is_not_ours(ours, short):
    assert ours.stands_for(short) == ""


def test_an_alias_is_known_and_so_is_a_defined_short_form(ours):
    assert ours.stands_for("市场监管总局") == "国家市场监督管理总局"
    assert ours.stands_for("原质检总局") == "原国家质量监督检验检疫总局"


def test_searching_adds_the_full_form_and_the_other_way_round(ours):
    assert expanded("质检协会的宗旨", ours) == "中国质量检验协会 质检协会的宗旨"
    assert expanded("国家市场监督管理总局在哪", ours) == "市场监管总局 国家市场监督管理总局在哪"


@pytest.mark.parametrize(
    "asked", ["质协的宗旨", "北京质检协会的宗旨", "中国质量协会是什么", "中国质量检验协会的宗旨", "会费多少"]
)
def test_nothing_is_added_where_no_short_form_of_ours_stands(ours, asked):
    assert expanded(asked, ours) == asked and aliases(asked, ours) == []


def test_a_learned_word_is_kept_whole_and_the_words_in_it_too(ours):
    assert ours.segmenter.words("中国质量检验协会章程")[-2] == "中国质量检验协会"
    assert {"质量", "检验", "协会"} <= set(ours.segmenter.words("中国质量检验协会章程"))


def test_what_is_set_in_quotation_marks_again_and_again_is_a_term():
    lexicon = learned("“质量月”始于1978年。", "全国“质量月”活动,“从未再提”。")
    assert lexicon.terms == {"质量月": 2} and "质量月" in lexicon.segmenter.words("质量月是什么")


def test_two_lexicons_do_not_disturb_each_other():
    before = words("企业首负责任制度")
    one, other = Segmenter(["首负责任"]), Segmenter([])
    assert "首负责任" in one.words("企业首负责任制度")
    assert other.words("企业首负责任制度") == words("企业首负责任制度") == before


def test_a_segmenter_that_learned_nothing_cuts_as_jieba_does(generation):
    plain = Segmenter([])
    for passage in generation.archive.all_passages():
        assert plain.words(passage.text) == words(passage.text)


def test_sounds_lead_to_words_the_most_frequent_first():
    lexicon = learned("质检机构与质检中心之间。")
    assert lexicon.sounds["zhi jian"].split() == ["质检", "之间"]
    assert "质" in lexicon.readings["zhi"] and lexicon.asking["shen me"] == "什么"


@pytest.mark.parametrize(("one", "other"), [("zhi", "zi"), ("shang", "san"), ("ning", "lin"), ("cheng", "cen")])
def test_a_dialect_makes_two_sounds_one(one, other):
    assert dialect(one) == dialect(other)


def test_a_lexicon_read_is_the_one_written(ours, tmp_path):
    ours.write(tmp_path)
    assert Lexicon.read(tmp_path).sounds == ours.sounds
    assert Lexicon.read(tmp_path).stands_for("市场监管总局") == "国家市场监督管理总局"
    (tmp_path / "lexicon.json").write_text("{", "utf-8")
    with pytest.raises(DamagedIndex):
        Lexicon.read(tmp_path)


def test_equal_documents_give_an_equal_lexicon(run, tmp_path):
    run()
    run(tmp_path / "other")
    one, other = ((current(tmp_path / name) / "lexicon.json").read_bytes() for name in ("data", "other"))
    assert one == other


def test_of_a_changed_folder_only_the_changed_documents_are_looked_through_again(run, folder, tmp_path, monkeypatch):
    other = folder / "通知.txt"
    other.write_text("关于年会的通知\n\n中国质量协会(以下简称“中质协”)与“质量月”同在,“质量月”定于五月。\n", "utf-8")
    run()
    other.write_text(other.read_text("utf-8").replace("五月", "六月"), "utf-8")
    looked_through = []

    def found(document):
        looked_through.append(document.id)
        return found_in(document)

    monkeypatch.setattr("vectorstore.build.found_in", found)
    run()
    assert looked_through == ["通知.txt"]
    run(tmp_path / "fresh")
    changed, fresh = (current(tmp_path / name) for name in ("data", "fresh"))
    for name in ("findings.json", "lexicon.json", "glosses.json"):
        assert (changed / name).read_bytes() == (fresh / name).read_bytes()
    assert Lexicon.read(changed).stands_for("中质协") == "中国质量协会"


def test_of_an_index_of_another_normaliser_every_document_is_looked_through_again(run, folder, tmp_path, monkeypatch):
    (folder / "通知.txt").write_text("关于年会的通知\n\n定于五月召开年会。\n", "utf-8")
    run()
    manifest = current(tmp_path / "data") / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace('"normaliser": ', '"normaliser": 9'), "utf-8")
    (folder / "通知.txt").write_text("关于年会的通知\n\n定于六月召开年会。\n", "utf-8")
    looked_through = []
    monkeypatch.setattr("vectorstore.build.found_in", lambda d: looked_through.append(d.id) or found_in(d))
    run()
    assert sorted(looked_through) == ["简介.txt", "通知.txt"]
    assert Lexicon.read(current(tmp_path / "data")).names == {"中国质量检验协会": 2}


def test_what_was_found_in_a_document_is_read_as_it_was_written(tmp_path):
    text = "中国质量检验协会(以下简称“中检协”)设立“质量月”,本办法所称首负责任,是指由其负责。"
    passages = (Passage("1", "d", "d", 0, None, "", "", "", (), text, 0, len(text)),)
    findings = {
        "d": found_in(Document("d", "d", "", "", "", (), (), passages, ())),
        "空": found_in(Document("空", "空", "", "", "", (), (), (), ())),
    }
    write_findings(findings, tmp_path)
    assert learn(tuple(read_findings(tmp_path).values()), {}) == learn(tuple(findings.values()), {})
    assert read_findings(tmp_path)["空"] == Findings()


def test_a_change_of_the_aliases_makes_a_new_generation_once(run, folder, tmp_path):
    first = run()
    assert run().generation == first.generation
    (folder / "aliases.yaml").write_text("中国质量检验协会: [中检协]\n", "utf-8")
    assert stale(folder, tmp_path / "data", 500)
    second = run()
    assert second.generation != first.generation and second.embedded == 0
    assert run().generation == second.generation and not stale(folder, tmp_path / "data", 500)
    assert Lexicon.read(current(tmp_path / "data")).stands_for("中检协") == "中国质量检验协会"


def test_bad_aliases_are_named_the_old_ones_stay_and_the_rest_is_indexed(run, folder, tmp_path):
    (folder / "aliases.yaml").write_text("中国质量检验协会: [中检协]\n", "utf-8")
    run()
    (folder / "aliases.yaml").write_text("中国质量检验协会: [中检协\n", "utf-8")
    (folder / "通知.txt").write_text("关于召开年会的通知\n\n定于五月召开年会。\n", "utf-8")
    report = run()
    [bad] = [file for file in report.files if file.status == "reject"]
    assert bad.path == "aliases.yaml" and "第 " in bad.reason and "保留" in bad.reason and report.rejected
    assert report.documents == 2
    assert Lexicon.read(current(tmp_path / "data")).stands_for("中检协") == "中国质量检验协会"
    assert run().generation == report.generation


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("协会", "名称: 内容"),
        ("中国质量检验协会: 中检协", "列表"),
        ("甲协会: [会]", "太短"),
        ("甲协会: [本会]\n乙协会: [本会]", "第 2 行.*只能留一处"),
    ],
)
def test_what_is_wrong_with_aliases_is_said(tmp_path, text, reason):
    (tmp_path / "aliases.yaml").write_text(text, "utf-8")
    with pytest.raises(CatalogueError, match=reason):
        read_aliases(tmp_path)


def test_an_index_of_before_is_refused_for_asking_and_rebuilt_by_ingest(run, tmp_path, encoder):
    first = run()
    folder = current(tmp_path / "data")
    manifest = (folder / "manifest.json").read_text("utf-8")
    (folder / "manifest.json").write_text(manifest.replace(f'"format": {FORMAT}', '"format": 1'), "utf-8")
    (folder / "lexicon.json").unlink()
    with pytest.raises(IndexMismatch, match="python -m ingest"):
        Generation.open(folder, encoder)
    report = run()
    assert report.generation != first.generation and report.embedded == report.passages
    assert Manifest.read(current(tmp_path / "data")).format == FORMAT


def test_a_contraction_stands_for_the_one_word_whose_halves_begin_so():
    words = {"国家标准": 2, "国际标准": 1, "官方网站": 1, "主管人员": 1, "市场主体": 1, "市内主页": 1}
    lexicon = Lexicon(vocabulary=words)
    assert lexicon.contracted("国标") == "国家标准"  # far more usual than 国际标准
    assert lexicon.contracted("官网") == "官方网站"
    assert lexicon.contracted("主人") == ""  # a word of its own
    assert lexicon.contracted("标准") == lexicon.contracted("国家标准") == lexicon.contracted("") == ""


def test_an_association_of_a_trade_is_a_body_and_trade_associations_are_none(build, tmp_path):
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "章程.txt").write_text(
        "青石市水产行业协会章程\n\n第一条 青石市水产行业协会是社会团体。\n\n第二条 协会同相关部门、行业协会合作。\n\n"
        "第三条 获奖的有：\n\n1.“潮歌”裙带菜    青石市潮歌藻业股份有限公司\n2.“渔光”带鱼段    青石市渔光冷冻食品有限公司\n",
        "utf-8",
    )
    generation = build(tmp_path / "documents", tmp_path / "data")
    lexicon = generation.lexicon
    assert "青石市水产行业协会" in lexicon.names and "行业协会" not in lexicon.names
    assert lexicon.stands_for("水产协会") == "青石市水产行业协会"
    assert "青石市潮歌藻业股份有限公司" in lexicon.names
    assert not any("裙带菜" in name for name in lexicon.names)
    generation.close()
