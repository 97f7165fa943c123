"""python -m assistant.training --data DIR --out models/NAME [--minutes N | --steps N] [--seed N]
python -m assistant.training --data DIR --sentences WORK"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from assistant.reader import FOLDER, Lexicon, Reader, classes
from assistant.scorer import WEIGHTS
from assistant.training.card import describe_model
from assistant.training.data import Corpus, Example, MissingData, read_corpus
from assistant.training.scorer import fit_sentences
from assistant.training.tasks import Desk
from assistant.training.train import Limit, Network, Progress, train
from vectorstore.encoder import BUILTIN, StaticEncoder, load_encoder
from vectorstore.sentences import sentences

CHARACTERS = 2_500  # with rows of their own, the most frequent first

HELP = "instead: fit the weights of the sentences beside the finished reader; an index of all texts is kept in WORK"
MEASURED = 300  # of the questions held back, each time the weights are saved


def main(arguments: Sequence[str] | None = None) -> int:
    options = read_options(arguments)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    try:
        return fit_weights(options) if options.sentences else train_reader(options)
    except MissingData as problem:
        print(problem, file=sys.stderr)
        return 2


def fit_weights(options: argparse.Namespace) -> int:
    found = json.dumps(fit_sentences(options.data, options.sentences), ensure_ascii=False, indent=1)
    WEIGHTS.write_text(found + "\n", encoding="utf-8")
    print(found)
    return 0


def train_reader(options: argparse.Namespace) -> int:
    encoder = load_encoder(BUILTIN)
    assert isinstance(encoder, StaticEncoder)
    lexicon = Lexicon(encoder)
    corpus = read_corpus(options.data, encoder)
    print(f"{len(corpus.trained)} questions to train on, {len(corpus.kept)} held back", flush=True)
    characters = frequent_characters(corpus)
    kinds = classes(lexicon, characters)
    network = Network(torch.from_numpy(lexicon.units), torch.from_numpy(kinds), len(characters))
    desk = Desk(corpus, lexicon)

    def report(progress: Progress, weights: dict[str, Tensor]) -> None:
        # What is there can be used, also when training is broken off.
        save(options.out, weights, lexicon, characters)
        sample = corpus.kept[:: max(1, len(corpus.kept) // MEASURED)]
        measured = measure(Reader.open(options.out, encoder), corpus, sample)
        card = describe_model(
            options.out.name,
            corpus,
            weights=sum(weight.numel() for weight in weights.values()),
            command=command(options),
            outcome=describe(progress),
            measured=measured,
            measured_on=len(sample),
        )
        (options.out / "README.md").write_text(card, encoding="utf-8")
        print(f"{describe(progress)}; held back: {measured}", flush=True)

    batches = desk.draw(corpus.trained, options.batch, np.random.default_rng(options.seed))
    train(network, batches, Limit(options.minutes, options.steps), report)
    return 0


def read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m assistant.training", description="Train the reader.")
    parser.add_argument("--data", type=Path, required=True, help="directory with reader.jsonl.xz and passages.jsonl.xz")
    parser.add_argument("--out", type=Path, default=FOLDER, help="directory to write, such as models/NAME")
    parser.add_argument("--sentences", type=Path, metavar="WORK", help=HELP)
    parser.add_argument("--minutes", type=float, default=30.0, help="of training, after the text has been read")
    parser.add_argument("--steps", type=int, help="instead of --minutes: the same steps give the same weights")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=32, help="questions with a passage per step")
    return parser.parse_args(arguments)


def frequent_characters(corpus: Corpus) -> str:
    counted = Counter(character for window in corpus.windows for character in window.text if character.isalnum())
    return "".join(sorted(c for c, _ in counted.most_common(CHARACTERS)))


def save(out: Path, weights: dict[str, Tensor], lexicon: Lexicon, characters: str) -> None:
    out.mkdir(parents=True, exist_ok=True)
    halves: dict[str, Any] = {name: weight.numpy().astype(np.float16) for name, weight in weights.items()}
    np.savez(out / "weights.npz", **halves)
    about = {"encoder": lexicon.fingerprint, "characters": characters}
    (out / "reader.json").write_text(json.dumps(about, ensure_ascii=False) + "\n", encoding="utf-8")


def measure(reader: Reader, corpus: Corpus, examples: Sequence[Example]) -> dict[str, float]:
    """Shares of questions: best sentence of the right window holds the answer; best span is the answer exactly;
    chance of no answer, on average, for the right window and for the nearest other."""
    right = exact = 0
    none = other = 0.0
    for example in examples:
        window = corpus.windows[example.window]
        texts = [window.text, *(corpus.windows[n].text for n in example.rivals[:1])]
        heads = [window.title, *(corpus.windows[n].title for n in example.rivals[:1])]
        reading, *rivals = reader.read(example.question, texts, heads)
        best = max(sentences(window.text), key=lambda place: reading.within(*place))
        right += window.text[example.start : example.end] in window.text[slice(*best)]
        start, end, _ = reading.best(0, len(window.text))
        exact += (start, end) == (example.start, example.end)
        none += reading.none
        other += rivals[0].none if rivals else 1.0
    n = max(1, len(examples))
    return {
        "sentence": round(right / n, 3),
        "exact": round(exact / n, 3),
        "none": round(none / n, 3),
        "none elsewhere": round(other / n, 3),
    }


def command(options: argparse.Namespace) -> str:
    length = f"--steps {options.steps}" if options.steps else f"--minutes {options.minutes:g}"
    return f"python -m assistant.training --data DIR --out models/{options.out.name} {length} --seed {options.seed}"


def describe(progress: Progress) -> str:
    return (
        f"{progress.seconds / 60:.1f} min, {progress.steps} steps, {progress.examples / 1e3:.0f} k questions with a passage, "
        f"loss {progress.loss:.3f}"
    )


if __name__ == "__main__":
    sys.exit(main())
