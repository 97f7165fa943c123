"""Two ingests begun at the same moment over one folder: `python -m tests.writers 50` tries it fifty times.

One works, the other says who does and since when; or, when the one is done before the other begins, it finds nothing to do.
"""

from __future__ import annotations

import multiprocessing
import re
import sys
import tempfile
from collections import Counter
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

from ingest.lock import Busy
from ingest.pipeline import ingest
from tests.kills import is_sound, write_documents
from vectorstore.encoder import load_encoder
from vectorstore.generation import current

NAMED = re.compile(r"进程 \d+，自 \d{4}-")


def ingest_with_another(documents: Path, data: Path, together: Barrier, telling: Connection) -> None:
    encoder = load_encoder("builtin")
    together.wait()
    try:
        report = ingest(
            documents, data, encoder=encoder, passage_chars=500, check=lambda folder: None, progress=lambda text: None
        )
    except Busy as busy:
        telling.send("named" if NAMED.search(str(busy)) else f"not named: {busy}")
    else:
        telling.send("worked" if report.embedded else "nothing to do")


def two_writers(times: int) -> Counter[tuple[str, ...]]:
    """How often the two ended how. Raises AssertionError when an index is not whole afterwards or anything is left lying."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["chromadb", "jieba", "bm25s"])
    ends: Counter[tuple[str, ...]] = Counter()
    with tempfile.TemporaryDirectory() as place:
        documents, data = Path(place) / "documents", Path(place) / "data"
        documents.mkdir()
        for n in range(times):
            write_documents(documents, n)
            heard, telling = context.Pipe(duplex=False)
            together = context.Barrier(2)
            both = [
                context.Process(target=ingest_with_another, args=(documents, data, together, telling)) for _ in range(2)
            ]
            for process in both:
                process.start()
            for process in both:
                process.join()
            ends[tuple(sorted(heard.recv() if heard.poll() else "died" for _ in both))] += 1
            assert is_sound(data) and not list(current(data).parent.glob(".*")), n
    return ends


def main(times: int) -> int:
    ends = two_writers(times)
    for end, count in ends.most_common():
        print(f"{' / '.join(end)}: {count}")
    return 0 if ends.keys() <= {("named", "worked"), ("nothing to do", "worked")} else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
