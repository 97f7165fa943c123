from assistant.render import render


def test_marks_stand_before_the_full_stop():
    assert (
        render([("质量月始于1978年", [1]), ("旨在提高意识。", [2, 3])]) == "质量月始于1978年[1]。旨在提高意识[2][3]。"
    )


def test_an_item_and_what_announces_it_keep_their_marks_behind_the_citation():
    said = [("业务范围：", [1]), ("（一）学术交流；", [2]), ("（二）培训。", [3])]
    assert render(said, "section", "第四条") == "第四条：业务范围[1]：（一）学术交流[2]；（二）培训[3]。"


def test_a_sentence_left_open_gets_no_full_stop():
    assert render([("按照原则……", [1])]) == "按照原则……[1]"


def test_a_list_states_its_count_and_has_an_item_a_line():
    assert (
        render([("（一）甲", [1]), ("（二）乙。", [2])], "list", "业务范围")
        == "业务范围共2项：\n（一）甲[1]\n（二）乙[2]"
    )


def test_a_count_names_every_mark():
    assert render([("（一）", [1]), ("（二）", [2])], "count", "业务范围") == "业务范围共2项：（一）[1]、（二）[2]。"


def test_an_item_that_is_not_there_is_said_not_to_be_there():
    assert render([("（一）", [1])], "absent", "业务范围", "第20项").startswith("业务范围没有第20项，共1项：")
