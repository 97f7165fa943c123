"""The model card: what the vectors were made from, how, and under which terms."""

from __future__ import annotations

from collections import Counter

from vectorstore.training.batches import MIXTURE
from vectorstore.training.data import EVERYDAY, EVERYDAY_WORDS, HELD_BACK, Corpus
from vectorstore.training.train import COMPOSED, COMPOSED_RATE, DIMENSIONS, OWN_RATE, SHORTER

# Source in the data files: where the text is from, and its terms.
SOURCES = {
    "law": ("LawRefBook/Laws (Chinese statutes and regulations)", "official texts, outside copyright"),
    "lctt": ("LCTT/TranslateProject (translated articles on Linux)", "Apache-2.0"),
    "dynamics": ("MicrosoftDocs Dynamics-365-Operations, zh-CN", "CC BY 4.0"),
    "skype": ("MicrosoftDocs OfficeDocs-SkypeForBusiness, zh-CN", "CC BY 4.0"),
    "tidb": ("pingcap/docs-cn", "CC BY-SA 3.0"),
    "javaguide": ("Snailclimb/JavaGuide", "Apache-2.0"),
    "aliecs": ("AlibabaCloudDocs/ecs", "MIT"),
    "cook": ("Anduin2017/HowToCook", "Unlicense"),
    "d2l": ("d2l-ai/d2l-zh", "Apache-2.0"),
    "cmrc_train": ("CMRC 2018, training part (questions on Wikipedia)", "CC BY-SA 4.0"),
    EVERYDAY: ("[everyday-zh](../everyday-zh/README.md): questions", "Apache-2.0, the project's own"),
    EVERYDAY_WORDS: ("[everyday-zh](../everyday-zh/README.md): words", "Apache-2.0, the project's own"),
    "medqa": ("Toyhom/Chinese-medical-dialogue-data, sample", "MIT"),
}


def describe_model(name: str, corpus: Corpus, *, words: int, command: str, outcome: str) -> str:
    return f"""---
language: zh
license: cc-by-sa-4.0
library_name: sentence-transformers
tags: [sentence-transformers, static-embedding, chinese]
---

# {name}

A static encoder for Chinese: one vector of {DIMENSIONS} numbers per word, {words:,} words, half precision. The vector of a
text is the mean of its words' vectors, normalised. It was trained from nothing, without a teacher, by
`vectorstore/training`; it runs with `tokenizers` and `numpy` alone (`vectorstore/encoder.py`) and loads in
sentence-transformers without code of ours:

```python
model = SentenceTransformer("models/{name}", device="cpu", local_files_only=True).float()
```

Call `.float()`: in half precision a text without any known word (empty, only punctuation) becomes NaN; in single precision
it is the zero vector, which means "no opinion" and must be left out of a ranking.

## Recipe

- **Words**: corpus counts (jieba, no guessing of new words, at most 1.6 M characters per source) plus 0.35 of jieba's own
  frequencies (MIT), as a unigram model; 7,000 characters, letters and digits always in. NFKC, lower case, traditional
  characters read as simplified ones (OpenCC's table, Apache-2.0, character by character). Punctuation and other scripts are
  not read.
- **Loss**: a query must find its text among those of the batch, and the text its query (weights 1 and 0.5), on the cosine
  times 20, at {DIMENSIONS} and, weight 0.3, at {SHORTER} dimensions.
- **Two phases**: for the first {COMPOSED:.0%} a word's vector is its own plus the mean of its characters' and inner words'
  (learning rate {COMPOSED_RATE}); then they are added up and go their own ways ({OWN_RATE}, falling to zero).
- **Batches** of 1,024: {", ".join(f"{kind} {weight:.0%}" for kind, weight in MIXTURE.items())}. Cloze: a sentence with 0, 20 or
  50 % of its words dropped against the sentences around it (which in 30 % of the cases still hold it); heading: a heading
  against its section; question, patient and everyday: a question against the passage, the answer or the official sentence;
  word: a word of every day against an official one. Both sides of these pairs lose words
  in the same way, so that no pair is learned by heart. Half of the batches come from one source alone.

```
{command}
```

DIR holds `pairs.jsonl.xz` (lines of `[source, query, text]`) and `passages.jsonl.xz` (`[source, title, text]`).
{outcome[:1].upper() + outcome[1:]}.

## Data

| source | text | terms | pairs | passages |
| --- | --- | --- | ---: | ---: |
{source_rows(corpus)}

Counted after the held-back part was taken out. **Held back** from everything, word counts included: lines with
`sha1("{{source}}\\n{{key}}") mod {HELD_BACK} == 0`, where the key is the title of the passage, for a pair that of the passage
with the same text, or the text itself if there is none (`vectorstore/training/data.py`, `held_back`); a text held back under
one title is left out under any other, too. Weights for combining this encoder with others may be fitted on that part.

## Measured

Not measured yet.

## Limits

- It knows no word order: 甲告乙 and 乙告甲 are the same to it. Alone it ranks worse than BM25 on questions that repeat the
  text's words; it is made to stand beside BM25, for questions in other words. Do not let it rank alone.
- Its text is law, software manuals, encyclopaedia, medicine and cooking; of everyday talk it has seen what everyday-zh holds.
- Only Chinese, Latin words and digits are read. Traditional characters are mapped one by one, so regional words stay different.
- Numbers and names that are not among its words are read in pieces, and mean little.

## Licence

CC BY-SA 4.0, see LICENSE: among the texts are share-alike ones.
"""


def source_rows(corpus: Corpus) -> str:
    pairs = Counter(pair.source for pair in corpus.pairs)
    passages = Counter(passage.source for passage in corpus.passages)
    rows = []
    for source in sorted(pairs | passages, key=lambda source: (-passages[source], source)):
        text, terms = SOURCES.get(source, ("not described", "unknown"))
        rows.append(f"| {source} | {text} | {terms} | {pairs[source]:,} | {passages[source]:,} |")
    return "\n".join(rows)
