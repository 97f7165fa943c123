"""Fits the refusal: `python -m benchmarks.refusal ../shared/bench`, and says how well it separates sets it never saw.

Fitted on FIT; the others are only measured. Cases: sets with unanswerable questions as they are; sets without any, with
half of their documents left out of the index (a question whose documents are all out cannot be answered); and lay
questions put to one statute, the one that settles them or a similar one. A figure comes from weights that never saw the set.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from assistant.assistant import Assistant
from assistant.extract import rank
from assistant.support import COEFFICIENTS, features, threshold
from assistant.terms import terms_of
from benchmarks.sets import Line, QuestionSet, index, read_lines, read_set
from vectorstore.encoder import Encoder, load_encoder
from vectorstore.generation import Generation, current
from vectorstore.search import search

CASES = 600  # of each set, half of them unanswerable where there are as many
HITS = 10
FIT = ("refusal_cmrc", "refusal_drcd", "covid_faq")
SETS = (*FIT, "cjrc", "gov_faq", "statute_stard", "statute_equals")
NEAR = 4  # of the statutes found for a lay question that do not settle it, the one asked; the first often does too
HALVED = ("gov_faq", "covid_faq")
ONE_STATUTE = ("statute_stard", "statute_equals")


@dataclass(frozen=True, slots=True)
class Case:
    question: str
    scope: tuple[str, ...] | None
    answerable: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """The features of the cases of one set."""

    name: str
    names: tuple[str, ...]  # of the features
    values: NDArray[np.float64]  # (cases, features)
    bars: NDArray[np.float64]  # (cases,): what the evidence must reach
    answerable: NDArray[np.bool_]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--work", type=Path, default=None, help="folder for the indexes, kept for the next run")
    parser.add_argument("--out", type=Path, default=COEFFICIENTS)
    options = parser.parse_args()
    encoder = load_encoder("builtin")
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        samples = [sample for name in SETS if (sample := _sample(options.bench, name, work, encoder)) is not None]
    held_out = {sample.name: _held_out(sample, samples) for sample in samples}
    for name, (balanced, refused, needless) in held_out.items():
        print(f"{name:16} held out: balanced {balanced:.3f}, refused {refused:.3f}, needlessly {needless:.3f}")
    weights, bias = _fit([sample for sample in samples if sample.name in FIT])
    options.out.write_text(_report(weights, bias, samples, held_out), encoding="utf-8")


def _sample(bench: Path, name: str, work: Path, encoder: Encoder) -> Sample | None:
    questions = read_set(bench, name)
    if questions is None:
        print(f"{name}: not there, left out")
        return None
    if name in HALVED:
        questions = replace(questions, excluded=_half(questions))
    generation = Generation.open(current(index(questions, work).data), encoder)
    names: tuple[str, ...] = ()
    values, bars, answerable = [], [], []
    assistant = Assistant(generation)  # one for all: it learns the names of an index once
    for case in _cases(name, questions, generation):
        found = _features(case, assistant)
        if found is not None:
            names = tuple(found)
            values.append(list(found.values()))
            searched = len(generation.archive.rows_of(case.scope)) if case.scope else generation.manifest.passages
            bars.append(threshold(searched))
            answerable.append(case.answerable)
    generation.close()
    print(f"{name}: {sum(answerable)} answerable, {len(answerable) - sum(answerable)} not", flush=True)
    return Sample(name, names, np.array(values), np.array(bars), np.array(answerable))


def _features(case: Case, assistant: Assistant) -> Mapping[str, float] | None:
    question, generation = assistant.understood(case.question), assistant.generation
    hits = search(generation, question.text, limit=HITS, scope=case.scope)
    terms = terms_of(question, generation)
    ranked = rank(question, terms, hits, generation.encoder)
    return features(terms, ranked) if ranked else None


def _half(questions: QuestionSet) -> frozenset[str]:
    documents = [line["doc_id"] for corpus in questions.corpora for line in read_lines(corpus)]
    return frozenset(id for id in documents if hashlib.sha256(id.encode()).digest()[0] % 2)


def _cases(name: str, questions: QuestionSet, generation: Generation) -> Iterator[Case]:
    """At most CASES of a set, seeded, the answerable and the others in equal number as far as they go."""
    lines = read_lines(questions.questions)
    random.Random(7).shuffle(lines)
    sides: dict[bool, int] = {True: 0, False: 0}
    for line in lines:
        for case in _cases_of(name, line, questions, generation):
            if sides[case.answerable] < CASES // 2:
                sides[case.answerable] += 1
                yield case


def _cases_of(name: str, line: Line, questions: QuestionSet, generation: Generation) -> list[Case]:
    asked, gold = line["question"], set(line["gold_doc_ids"])
    if name in ONE_STATUTE:
        found = dict.fromkeys(hit.passage.document for hit in search(generation, asked, limit=50))
        others = [document for document in found if document not in gold][NEAR : NEAR + 1]
        return [Case(asked, tuple(sorted(gold)[:1]), True), *(Case(asked, (other,), False) for other in others)]
    if name in HALVED:
        return [Case(asked, None, not gold <= questions.excluded)]
    scope = line.get("scope_doc_ids")
    return [Case(asked, tuple(scope) if scope else None, line["type"] != "unanswerable")]


def _fit(samples: Sequence[Sample]) -> tuple[NDArray[np.float64], float]:
    """Every set counts the same, and in it both outcomes do."""
    values = np.concatenate([sample.values for sample in samples])
    answerable = np.concatenate([sample.answerable for sample in samples])
    shares = np.concatenate(
        [np.where(s.answerable, 1 / max(s.answerable.sum(), 1), 1 / max((~s.answerable).sum(), 1)) for s in samples]
    )
    spread = values.std(axis=0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=2_000)
    model.fit(values / spread, answerable, sample_weight=shares * len(values) / shares.sum())
    return model.coef_[0] / spread, float(model.intercept_[0])


def _held_out(sample: Sample, samples: Sequence[Sample]) -> tuple[float, float, float]:
    """Balanced accuracy, unanswerables refused and answerables needlessly refused, by weights of the other sets."""
    weights, bias = _fit([other for other in samples if other.name in FIT and other.name != sample.name])
    answered = sample.values @ weights + bias >= sample.bars
    refused = float((~answered[~sample.answerable]).mean())
    needless = float((~answered[sample.answerable]).mean())
    return (refused + 1 - needless) / 2, refused, needless


def _report(
    weights: NDArray[np.float64],
    bias: float,
    samples: Sequence[Sample],
    held_out: Mapping[str, tuple[float, float, float]],
) -> str:
    report = {
        "what": "log-odds that the documents answer a question: bias + the sum of weight x feature",
        "made_by": "python -m benchmarks.refusal ../shared/bench",
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "fitted_on": {sample.name: len(sample.answerable) for sample in samples if sample.name in FIT},
        "balanced_by_weights_that_never_saw_the_set": {name: round(b, 3) for name, (b, _, _) in held_out.items()},
        "bias": round(bias, 3),
        "weights": {name: round(float(weight), 3) for name, weight in zip(samples[0].names, weights, strict=True)},
    }
    return json.dumps(report, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    main()
