"""Training tasks out of examples: tokens, flags and targets, in batches of like length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from assistant.reader import PASSAGE_TOKENS, QUESTION_TOKENS, Inputs, Lexicon, Tokens, inputs
from assistant.training.data import Corpus, Example
from assistant.training.train import Batch, Task, joined
from vectorstore.normalise import normalise

UNANSWERED = 0.3  # questions a question that also come with a window that does not answer it
TITLED = 0.7  # of the windows come with their title
CROPPED = 0.7  # of the windows are cut to CROP tokens around the answer: twice the questions in the same time
CROP = 160
POOL = 24  # batches sorted by length at a time


class Desk:
    """Tokens of all windows, titles and questions, made once."""

    def __init__(self, corpus: Corpus, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._windows = [lexicon.tokens(window.text, PASSAGE_TOKENS) for window in corpus.windows]
        self._titles = [lexicon.tokens(window.title, PASSAGE_TOKENS) for window in corpus.windows]
        self._nothing = lexicon.tokens("", 0)
        asked = {example.question for example in (*corpus.trained, *corpus.kept)}
        self._asked = {question: lexicon.tokens(normalise(question), QUESTION_TOKENS) for question in asked}

    def task(self, example: Example, window: int, *, titled: bool = True) -> Task:
        """The example's question put to any window; where it is not its own, there is no answer."""
        tokens = self._windows[window]
        given = inputs(
            self._lexicon, self._asked[example.question], tokens, self._titles[window] if titled else self._nothing
        )
        first, last = _covered(tokens, example.start, example.end) if window == example.window else (-1, -1)
        return Task(given, first, last)

    def draw(self, examples: Sequence[Example], size: int, random: np.random.Generator) -> Iterator[Batch]:
        """Batches without end: every example once a round, some also with a window that does not answer."""
        while True:
            order = random.permutation(len(examples)).tolist()
            for low in range(0, len(order), size * POOL):
                tasks: list[Task] = []
                for n in order[low : low + size * POOL]:
                    example = examples[n]
                    tasks.append(self.task(example, example.window, titled=random.random() < TITLED))
                    if example.rivals and random.random() < UNANSWERED:
                        rival = example.rivals[int(random.integers(len(example.rivals)))]
                        tasks.append(self.task(example, rival, titled=random.random() < TITLED))
                tasks = [task for task in tasks if len(task.given.asked) and len(task.given.said)]
                tasks = [cropped(task, random) if random.random() < CROPPED else task for task in tasks]
                tasks.sort(key=lambda task: len(task.given.said))
                batches = [tasks[i : i + size] for i in range(0, len(tasks), size)]
                for i in random.permutation(len(batches)).tolist():
                    yield joined(batches[i])


def cropped(task: Task, random: np.random.Generator) -> Task:
    """The task with CROP tokens of its window, the answer among them; flags stay those of the whole window."""
    given, spare = task.given, len(task.given.said) - CROP
    if spare <= 0 or task.last - task.first >= CROP:
        return task
    low, high = (max(0, task.last - CROP + 1), min(task.first, spare)) if task.first >= 0 else (0, spare)
    start = int(random.integers(low, high + 1))
    part = slice(start, start + CROP)
    cut = Inputs(given.asked, given.asked_flags, given.said[part], given.said_flags[part], given.cosines[part])
    return Task(cut, task.first - start, task.last - start) if task.first >= 0 else Task(cut, -1, -1)


def _covered(tokens: Tokens, start: int, end: int) -> tuple[int, int]:
    """First and last token that overlap text[start:end]; -1, -1 where it was cut away."""
    inside = np.flatnonzero((tokens.starts < end) & (tokens.ends > start))
    return (int(inside[0]), int(inside[-1])) if len(inside) else (-1, -1)
