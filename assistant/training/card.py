"""The model card of the reader."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.training.data import Corpus

CARD = """---
language: zh
license: cc-by-sa-4.0
tags: [question-answering, extractive, chinese]
---

# {name}

A small extractive reader for Chinese: given a question and a passage of up to 500 characters, the chance for every word of
the passage that the answer starts or ends there, and the chance that the passage does not answer. {weights:,} weights in half
precision, trained from nothing by `assistant/training`; it runs with `numpy` alone (`assistant/reader.py`). The project uses
it to choose among the documents' own sentences. It writes nothing.

## Recipe

- **Words**: those of hanzi-static-128 with their vectors, not trained further; each word also has a vector for its first and
  for its last character, each sign one of its own.
- **Flags** of a passage's word: is it in the question, cosine to the nearest word of the question, is it in the title or
  headings, has it a digit, in which sentence does it stand, how rare is it. Of a question's word: is it in the passage, in the
  headings, how near is its nearest.
- **Network**: two convolutions of three words, the same for question and passage; each word of the passage looks at the words
  of the question; four more convolutions (1, 2, 4 and 8 words apart); start, end and "no answer" share one softmax each.
- **Loss**: cross-entropy of start and end. To three questions in ten a window comes that is near the question and does not hold the
  answer's words: there "no answer" is right. AdamW, cosine to zero, dropout 0.2, the running mean of the weights is what is saved.

```
{command}
```

DIR holds `reader.jsonl.xz` (lines of `[source, question, passage, answer, start]`) and `passages.jsonl.xz` (`[source, title,
text]`, for the titles). {outcome}; one processor core, shared with other work. Minutes decide how many steps are done, so a second
run gives a like model, not the same bytes; `--steps` repeats exactly.

## Data

CMRC 2018, training part (questions on Wikipedia, CC BY-SA 4.0): {trained:,} questions to train on, {kept:,} **held back**: those on texts
with `sha1("{{source}}\\n{{title}}") mod 10 == 0` (the text itself where it has no title), as hanzi-static-128 holds them back.
The weights of the sentences (`assistant/scorer.json`) are fitted on that part.

## Measured

On {measured_on} of the questions held back, the right window of at most 500 characters given:

| | |
| --- | ---: |
| the likeliest sentence holds the answer | {sentence:.3f} |
| the likeliest span is the annotated answer, exactly | {exact:.3f} |
| chance of "no answer", mean, for the right window | {none:.3f} |
| the same for the nearest window that does not hold the answer | {elsewhere:.3f} |

## Limits

- Alone it chooses worse than with the words of the question counted beside it; the project never uses it alone.
- It was trained on encyclopaedia texts and short questions for facts; of reasons, lists and long official sentences it has seen little.
- Its words are those of hanzi-static-128: retrain it when that is retrained. It refuses to open beside other words.

## Licence

CC BY-SA 4.0, see LICENSE, as the text it was trained on.
"""


def describe_model(
    name: str,
    corpus: Corpus,
    *,
    weights: int,
    command: str,
    outcome: str,
    measured: Mapping[str, float],
    measured_on: int,
) -> str:
    return CARD.format(
        name=name,
        weights=weights,
        command=command,
        outcome=outcome,
        trained=len(corpus.trained),
        kept=len(corpus.kept),
        measured_on=measured_on,
        sentence=measured["sentence"],
        exact=measured["exact"],
        none=measured["none"],
        elsewhere=measured["none elsewhere"],
    )
