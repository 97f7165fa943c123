"""python -m vectorstore.training --data DIR --out models/NAME [--minutes N | --steps N] [--seed N] [--start DIR] | --pairs | --formal"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vectorstore.training.asking import write_shares
from vectorstore.training.batches import build_pools, draw
from vectorstore.training.card import describe_model
from vectorstore.training.data import Corpus, MissingData, everyday_pairs, read_corpus
from vectorstore.training.formal import write_words
from vectorstore.training.package import read_vectors, read_words, save
from vectorstore.training.tokenizer import WORDS, build_tokenizer
from vectorstore.training.train import Limit, Progress, train, train_on


def main(arguments: Sequence[str] | None = None) -> int:
    options = read_options(arguments)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    started = time.monotonic()
    try:
        corpus = read_corpus(options.data)
    except MissingData as problem:
        print(problem, file=sys.stderr)
        return 2
    if options.pairs:
        print(f"{write_shares(corpus, options.out)} pairs in {options.out}")
        return 0
    if options.formal:
        print(f"{write_words(corpus, options.out)} words in {options.out}")
        return 0
    corpus = Corpus(corpus.pairs + everyday_pairs(), corpus.passages)
    print(f"{len(corpus.pairs)} pairs, {len(corpus.passages)} passages to train on")
    tokenizer = (
        read_words(options.start) if options.start else build_tokenizer(countable_texts(corpus), size=options.words)
    )
    batches = draw(build_pools(corpus, tokenizer), options.batch, np.random.default_rng(options.seed))
    print(f"{tokenizer.get_vocab_size()} tokens; all text read after {time.monotonic() - started:.0f} s", flush=True)

    def report(progress: Progress, vectors: Tensor) -> None:
        # What is there can be used, also when training is broken off.
        save(options.out, tokenizer, vectors, model_card(options, corpus, tokenizer.get_vocab_size(), progress))
        print(describe(progress), flush=True)

    limit = Limit(options.minutes, options.steps)
    if options.start:
        train_on(read_vectors(options.start), batches, limit, report)
    else:
        train(tokenizer, batches, limit, report)
    print(f"saved in {options.out} after {time.monotonic() - started:.0f} s in all")
    return 0


def read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m vectorstore.training", description="Train the built-in encoder.")
    parser.add_argument("--data", type=Path, required=True, help="directory with pairs.jsonl.xz and passages.jsonl.xz")
    parser.add_argument("--out", type=Path, required=True, help="directory to write, such as models/NAME")
    parser.add_argument("--minutes", type=float, default=27.0, help="of training, after the text has been read")
    parser.add_argument("--steps", type=int, help="instead of --minutes: the same steps give the same vectors")
    parser.add_argument("--start", type=Path, help="go on from this model, with its words, instead of from nothing")
    parser.add_argument(
        "--threads", type=int, default=2, help="one, if others use the machine: threads wait for each other"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--pairs", action="store_true", help="train nothing: count the pairs of characters that questions hold"
    )
    parser.add_argument("--formal", action="store_true", help="train nothing: list the words that official texts use")
    parser.add_argument("--batch", type=int, default=1024, help="pairs per step")
    parser.add_argument("--words", type=int, default=WORDS, help="rows of the table")
    return parser.parse_args(arguments)


def model_card(options: argparse.Namespace, corpus: Corpus, words: int, progress: Progress) -> str:
    start = f"--start {options.start.name} " if options.start else ""
    length = f"--steps {options.steps}" if options.steps else f"--minutes {options.minutes:g}"
    command = f"python -m vectorstore.training --data DIR --out models/{options.out.name} {start}{length} --seed {options.seed}"
    return describe_model(options.out.name, corpus, words=words, command=command, outcome=describe(progress))


def countable_texts(corpus: Corpus) -> list[tuple[str, str]]:
    """All queries and texts once: a pair's text is a passage where it has a title."""
    texts = [(pair.source, pair.query) for pair in corpus.pairs]
    texts += [(pair.source, pair.text) for pair in corpus.pairs if pair.title is None]
    return texts + [(passage.source, passage.text) for passage in corpus.passages]


def describe(progress: Progress) -> str:
    return (
        f"{progress.seconds / 60:.1f} min, {progress.steps} steps, {progress.pairs / 1e6:.2f} M pairs, "
        f"loss {progress.loss:.3f}"
    )


if __name__ == "__main__":
    sys.exit(main())
