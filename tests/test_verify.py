from dataclasses import replace

import pytest

from assistant.answer import Draft, Quote, Statement
from assistant.verify import carried, citations, verified


@pytest.fixture(scope="module")
def quote(generation):
    """中国“质量月”活动始于1978年"""
    passage = next(generation.archive.all_passages())
    end = passage.text.index(",")
    return Quote(passage, passage.start, passage.start + end)


def test_a_statement_in_the_words_of_its_quote_is_kept(generation, quote):
    draft = Draft((Statement(quote.text, (quote,)),))
    assert verified(draft, generation.archive) == draft.statements


def test_a_statement_found_in_no_quote_is_dropped(generation, quote):
    assert verified(Draft((Statement("会费是两千美元", (quote,)),)), generation.archive) == ()


def test_a_statement_without_a_quote_is_dropped(generation, quote):
    assert verified(Draft((Statement(quote.text, ()),)), generation.archive) == ()


def test_a_quote_whose_words_do_not_stand_at_its_offsets_is_dropped(generation, quote):
    moved = replace(quote.passage, text="假" + quote.passage.text[1:])
    assert verified(Draft((Statement("假", (Quote(moved, quote.start, quote.start + 1),)),)), generation.archive) == ()


def test_a_quote_that_reaches_beyond_its_passage_is_dropped(generation, quote):
    beyond = Quote(quote.passage, quote.start, quote.passage.end + 5)
    assert verified(Draft((Statement(quote.text, (beyond,)),)), generation.archive) == ()


@pytest.mark.parametrize(
    ("statement", "kept"),
    [
        ("质量月始于1978年", True),
        (
            "质量月始于一九七八年",
            False,
        ),  # other signs: only a writer that rewords would need this, and there is none yet
        ("质量月始于1979年", False),
        ("每年9月……始于1978年", False),  # halves swapped
        ("质量月……每年9月", True),
    ],
)
def test_words_and_numbers_must_be_the_quotes_own(statement, kept):
    assert carried(statement, ["质量月始于1978年,每年9月举办。"]) is kept


def test_one_place_has_one_number(generation, quote):
    statements = (Statement(quote.text, (quote,)), Statement(quote.text[:3], (quote,)))
    assert [citation.number for citation in citations(statements, generation.archive)] == [1]
