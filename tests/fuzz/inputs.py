"""Inputs: Chinese as documents have it, Chinese as nobody writes it, and whatever Unicode holds."""

from __future__ import annotations

from hypothesis import strategies as st

PIECES = (
    "第一条 第二条之三 第十二章 第３节 （一） (2) 1. 1、 一、 ① 附件： # ## **第三条** - * | 《章程》 《 》 “ ” （ ） 会员 会费 二百元 2018年9月2日 应当 不得 "
    "本会 中国质量检验协会 云岭茶叶学会 业务范围 宗旨 倡议书 通知 来源： 时间： 首页 > 当前位置 。 ； ， 、 ： ？ ! … —— 100% １２３ 〇 两千 万 亿 "
    "第 条 之 的 了 吗 呢 什么 多少 哪些 有没有 它 那 呢？ 再下一项 不是 是 不 没有 雲嶺 --- ``` <!-- --> <p> &lt; \u200b \u3000 \t \n \n\n 。\n"
).split(" ") + [" ", "\n", "\r\n"]  # fmt: skip

any_text = st.text(max_size=300)
chinese = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=60).map("".join)
texts = chinese | any_text | st.builds(lambda words, n: words * n, st.text(min_size=1, max_size=3), st.integers(1, 400))
questions = st.lists(st.sampled_from(PIECES) | st.text(max_size=2), max_size=12).map("".join) | st.text(max_size=80)
bytes_of = st.binary(max_size=400) | st.builds(
    lambda words, encoding, cut: words.encode(encoding, "replace")[cut:],
    chinese,
    st.sampled_from(
        ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "gb18030", "big5", "hz", "utf-7", "latin-1"]
    ),
    st.integers(0, 3),
)
