"""Words of every day beside those of official texts."""

from vectorstore.everyday import FOLDER, official, read_table


def test_the_official_words_are_those_of_the_longest_match_and_not_those_already_said():
    assert "出租人" in official("房东不退押金")["房东"]
    assert official("老板拖欠工资怎么办").keys() >= {"老板", "拖欠工资"}, "拖欠工资 is one word, not 工资 alone"
    assert all("用人单位" not in others for others in official("老板也就是用人单位").values())
    assert official("") == {} == official("章程")


def test_the_table_names_each_word_once_and_never_itself():
    rows = list(read_table(FOLDER))
    assert len({word for word, _ in rows}) == len(rows) > 3_000
    assert all(len(word) > 1 and others and word not in others and all(others) for word, others in rows)
