"""The encoder: the same vectors as sentence-transformers, without torch, and never a NaN."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vectorstore.encoder import BUILTIN_FOLDER, EncoderUnavailable, SentenceEncoder, StaticEncoder, load_encoder

TEXTS = [
    "个人会员的会费标准是多少？",
    "中国質量檢驗協會章程，第二章 業務範圍",
    "Skype for Business Server 2019 的部署：第3步，２０２１年",
    "第二十条　用人单位自用工之日起超过一个月不满一年未与劳动者订立书面劳动合同的，应当向劳动者每月支付二倍的工资。"
    * 20,
    "😀质量👍",
    "質",
    "",
    "，。！？……——",
    "😀👍",
    "สวัสดี",
]
UNKNOWN = slice(6, None)
# float16 rows are the same numbers on both sides; what differs is the order of addition in float32.
TOLERANCE = 1e-3


@pytest.fixture(scope="module")
def encoder():
    return load_encoder("builtin")


def test_numpy_and_sentence_transformers_give_the_same_vectors(encoder):
    peer = SentenceEncoder.open(BUILTIN_FOLDER)
    ours, theirs = encoder.encode(TEXTS), peer.encode(TEXTS)
    assert ours.dtype == theirs.dtype == np.float32
    assert ours.shape == theirs.shape == (len(TEXTS), 128)
    assert encoder.dimension == peer.dimension == 128
    assert np.abs(ours - theirs).max() <= TOLERANCE


def test_every_row_has_length_one_or_is_zero(encoder):
    lengths = np.linalg.norm(encoder.encode(TEXTS), axis=1)
    assert np.allclose(lengths[: UNKNOWN.start], 1, atol=1e-5)
    assert not lengths[UNKNOWN].any()


def test_text_without_a_known_word_is_a_finite_zero_row(encoder):
    vectors = encoder.encode(["", " \n", "，。！", "😀", "[UNK]"[:1]])
    assert np.isfinite(vectors).all()
    assert not vectors.any()


def test_no_texts_give_no_rows(encoder):
    assert encoder.encode([]).shape == (0, 128)


def test_a_vector_does_not_depend_on_its_neighbours(encoder):
    together = encoder.encode(TEXTS)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    assert np.array_equal(together, alone)


def test_traditional_spelling_means_the_same(encoder):
    traditional, simplified = encoder.encode(["電腦無法開機", "电脑无法开机"])
    assert traditional @ simplified == pytest.approx(1.0, abs=1e-6)


def test_a_question_is_nearer_to_its_answer_than_to_another_text(encoder):
    question, answer, other = encoder.encode(
        [
            "怎样加入协会？",
            "申请入会的单位应提交入会申请书，经理事会讨论通过。",
            "电脑开机后屏幕没有显示，请检查电源线。",
        ]
    )
    assert question @ answer > question @ other


@pytest.mark.parametrize(
    "text", ["质" * 100_000, "a" * 100_000, "2" * 100_000, "质量检验协会。" * 15_000, "，" * 100_000]
)
def test_very_long_text_is_encoded(encoder, text):
    vectors = encoder.encode([text, "质量"])
    assert np.isfinite(vectors).all()


def test_a_question_is_encoded_without_torch():
    program = (
        "import sys; from vectorstore.encoder import load_encoder; load_encoder('builtin').encode(['会费多少？']); "
        "assert not {'torch', 'transformers', 'sentence_transformers', 'huggingface_hub'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parent.parent)


def test_another_byte_of_the_weights_gives_another_fingerprint(encoder, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(BUILTIN_FOLDER, copy)
    assert StaticEncoder.open(copy).fingerprint == encoder.fingerprint
    assert len(encoder.fingerprint) == 16
    weights = copy / "model.safetensors"
    weights.chmod(0o644)
    with weights.open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)[0]
        file.seek(-1, 2)
        file.write(bytes([last ^ 1]))
    assert StaticEncoder.open(copy).fingerprint != encoder.fingerprint


def test_a_static_directory_is_opened_by_name_and_keeps_the_name_as_given(encoder):
    opened = load_encoder(str(BUILTIN_FOLDER))
    assert isinstance(opened, StaticEncoder)
    assert opened.name == str(BUILTIN_FOLDER)
    assert encoder.name == "builtin"
    assert opened.fingerprint == encoder.fingerprint


def test_an_unknown_directory_is_named_in_one_chinese_sentence(tmp_path):
    missing = str(tmp_path / "没有的模型")
    with pytest.raises(EncoderUnavailable) as caught:
        load_encoder(missing)
    assert caught.value.name == missing
    assert "没有这个目录" in str(caught.value)
    assert "QA_ENCODER" in str(caught.value)


def test_an_incomplete_directory_says_which_file_is_missing(tmp_path):
    shutil.copy(BUILTIN_FOLDER / "modules.json", tmp_path)
    with pytest.raises(EncoderUnavailable, match="缺少文件 .*model.safetensors"):
        load_encoder(str(tmp_path))


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_damaged_file_is_reported_as_such(tmp_path, name):
    copy = tmp_path / "copy"
    shutil.copytree(BUILTIN_FOLDER, copy)
    (copy / name).chmod(0o644)
    (copy / name).write_bytes((copy / name).read_bytes()[:1000])
    with pytest.raises(EncoderUnavailable, match="损坏"):
        load_encoder(str(copy))


def test_the_shipped_model_is_small():
    assert sum(path.stat().st_size for path in BUILTIN_FOLDER.rglob("*") if path.is_file()) <= 15_000_000


def test_a_hub_model_that_is_not_here_is_reported_when_offline(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(EncoderUnavailable, match="既不是本地目录"):
        load_encoder("nobody/no-such-model")
