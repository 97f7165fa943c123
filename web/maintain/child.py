"""The process that does a piece of work step by step, whether or not the pages are still there: `python -m web.maintain.child`.

It keeps open the file that whoever started it has locked, so that the lock is free the moment it ends, however it ends.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

GOOD = (0, 1, 5)  # done, done with files that were rejected, done with an objection: all of them with a result


def main(folder: Path) -> int:
    """Runs the steps that folder/order.json names; writes each one's result, what they say, and how it ended."""
    steps: list[tuple[str, list[str]]] = json.loads((folder / "order.json").read_text(encoding="utf-8"))["steps"]
    codes: dict[str, int] = {}
    with (folder / "progress.txt").open("ab") as said:
        for name, command in steps:
            result = folder / f"{name}.json"
            with result.open("wb") as out:
                codes[name] = subprocess.run(command, stdout=out, stderr=said, check=False).returncode
            if codes[name] not in GOOD or not result.stat().st_size:
                break
    fresh = folder / "ended.new"
    fresh.write_text(json.dumps(codes), encoding="utf-8")
    os.replace(fresh, folder / "ended.json")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
