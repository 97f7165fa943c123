"""`python -m tests.fuzz [MINUTES [SEED]]`: every law for its share of the time, then the HTTP API.

The inputs are new each time, and the same again for the same seed.
"""

from __future__ import annotations

import itertools
import os
import random
import sys
import time
import traceback
import warnings

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.http import try_interface
from tests.fuzz.laws import LAWS, assistant, close
from vectorstore.threads import one_thread_for_products

AT_ONCE = 20  # examples between two looks at the clock
SHARE_OF_HTTP = 0.25


def main(minutes: float, number: int) -> int:
    print(f"seed {number}", flush=True)
    one_thread_for_products()
    warnings.simplefilter("ignore")  # of the parsers, about what they are given
    assistant().warm()
    share = 60 * minutes * (1 - SHARE_OF_HTTP) / len(LAWS)
    broken = 0
    for name in LAWS:
        tried, failure = _try(name, share, number)
        print(f"{name.replace('_', ' ')}: {tried}" + (f"\n{failure}" if failure else ""), flush=True)
        broken += bool(failure)
    tried, failures = try_interface(assistant(), 60 * minutes * SHARE_OF_HTTP, number)
    print(f"the interface: {tried}", *failures, sep="\n", flush=True)
    return 1 if broken or failures else 0


def _try(name: str, seconds: float, number: int) -> tuple[int, str]:
    """How many examples were tried, and what broke the law."""
    function, strategies = LAWS[name]
    tried = 0

    def counted(**inputs: object) -> None:
        nonlocal tried
        tried += 1
        function(**inputs)

    quiet = list(HealthCheck)
    phases = (Phase.generate, Phase.shrink)
    run = settings(
        max_examples=AT_ONCE, deadline=None, database=None, suppress_health_check=quiet, phases=phases, print_blob=False
    )(given(**strategies)(counted))
    until = time.monotonic() + seconds
    for nth in itertools.count(number):
        if time.monotonic() >= until:
            break
        try:
            seed(nth)(run)()
        except Exception:  # noqa: BLE001 - a law that does not hold, in whatever way
            return tried, traceback.format_exc(limit=-6)
    return tried, ""


if __name__ == "__main__":
    ended = main(
        float(sys.argv[1]) if len(sys.argv) > 1 else 1.0,
        int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6),
    )
    close()
    sys.stdout.flush()
    os._exit(
        ended
    )  # threads of the server's libraries still run, and the interpreter has crashed under them while ending
