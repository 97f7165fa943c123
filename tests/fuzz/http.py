"""The HTTP API, tried with what its own OpenAPI document allows and with what it does not."""

from __future__ import annotations

import itertools
import tempfile
import time
import traceback
from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from assistant.assistant import Assistant
from tests.front import open_site
from tests.live import live
from web.openapi import openapi

AT_ONCE = 15  # examples between two looks at the clock
REFUSED = {400, 401, 403, 404, 405, 406, 413, 415, 422, 429}


def try_interface(assistant: Assistant, seconds: float, number: int) -> tuple[int, list[str]]:
    """How many requests were sent, and each that came to a bad end."""
    tried, failures = 0, []
    with tempfile.TemporaryDirectory(prefix="qa-fuzz-") as folder:
        site = open_site(assistant, Path(folder))
        schema = schemathesis.openapi.from_dict(openapi(site))
        operations = [result.ok() for result in schema.get_all_operations()]
        ways = [(operation, mode) for operation in operations for mode in GenerationMode]
        with live(site) as port:
            for operation, mode in ways:
                until = time.monotonic() + seconds / len(ways)

                def one(case: Case) -> None:
                    nonlocal tried
                    tried += 1
                    _holds(case, f"http://127.0.0.1:{port}")

                quiet = list(HealthCheck)
                run = settings(max_examples=AT_ONCE, deadline=None, database=None, suppress_health_check=quiet, phases=(Phase.generate, Phase.shrink), print_blob=False)(
                    given(case=operation.as_strategy(generation_mode=mode))(one)
                )  # fmt: skip
                try:
                    for nth in itertools.count(number):
                        if time.monotonic() >= until:
                            break
                        seed(nth)(run)()
                except Unsatisfiable:  # what takes nothing cannot be given anything wrong
                    continue
                except Exception:  # noqa: BLE001 - whatever it is, it is what was looked for
                    failures.append(f"{operation.method} {operation.path}\n{traceback.format_exc(limit=-3)}")
    return tried, failures


def _holds(case: Case, base: str) -> None:
    reply = case.call(base_url=base, timeout=60)
    if reply.status_code in REFUSED:
        said = reply.json()["error"]
        assert said["code"] and any("\u4e00" <= c <= "\u9fff" for c in said["message"]), said
        return
    case.validate_response(reply, checks=[not_a_server_error, content_type_conformance, response_schema_conformance])
