"""The Dockerfile without a daemon: what it copies exists, what it runs is what the README's commands run, nobody is root."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
KNOWN = (
    "python -m pip install",
    "python -m compileall",
    "useradd",
    "mkdir -p data",
    "chown qa:qa data",
)


def instructions() -> list[tuple[str, str]]:
    """COPY app.py ./ -> (COPY, "app.py ./"), lines joined, remarks out."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [tuple(line.split(None, 1)) for line in joined.splitlines()]  # type: ignore[misc]


def told(name: str) -> list[str]:
    return [rest for instruction, rest in instructions() if instruction == name]


def test_what_is_copied_exists():
    for rest in told("COPY"):
        *sources, target = rest.split()
        assert not Path(target).is_absolute()
        assert all((ROOT / source).exists() for source in sources), rest


def test_every_package_and_its_files_are_copied():
    copied = " ".join(told("COPY"))
    assert all(f"{name}/" in copied for name in ("vectorstore", "assistant", "ingest", "web", "models", "documents"))


def test_every_step_is_a_known_command():
    steps = [step.strip() for rest in told("RUN") for step in rest.split("&&")]
    assert steps and all(step.startswith(KNOWN) for step in steps)
    assert "make" not in steps and "-r requirements.txt" in " ".join(steps)


def test_it_does_not_run_as_root_and_keeps_its_data():
    names = [name for name, _ in instructions()]
    assert names[0] == "FROM" and told("FROM")[0].startswith("python:3.11-slim")
    assert told("USER") == ["qa"] and names.index("USER") > max(i for i, name in enumerate(names) if name == "RUN")
    assert "/srv/qa/data" in json.loads(told("VOLUME")[0])


def test_it_starts_with_the_commands_of_make_run():
    start = json.loads(told("CMD")[0])
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert start[:2] == ["sh", "-c"]
    for command in ("python -m ingest", "python app.py"):
        assert command in start[2] and command in recipe


def test_its_health_check_is_a_program():
    check = told("HEALTHCHECK")[0]
    command = json.loads(check[check.index("[") :])
    assert command[0] == "python" and "/readyz" in command[2]
    compile(command[2], "healthcheck", "exec")
    assert (
        subprocess.run(
            [sys.executable, *command[1:]], env={**os.environ, "QA_PORT": "9"}, capture_output=True, check=False
        ).returncode
        == 1
    )


@pytest.mark.skipif("QA_SLOW_TESTS" not in os.environ, reason="installs everything: minutes; set QA_SLOW_TESTS=1")
def test_its_steps_build_something_that_answers(tmp_path):
    """The steps as a script in an empty folder with a bare Python; the steps about users are left out."""
    root, python = tmp_path / "srv", tmp_path / "python"
    root.mkdir()
    subprocess.run([sys.executable, "-m", "venv", python], check=True)
    environment = {
        "PATH": f"{python / 'bin'}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "QA_HOST": "127.0.0.1",
    }
    for name, rest in instructions():
        if name == "COPY":
            *sources, target = rest.split()
            for source in sources:
                _copy(ROOT / source, root / target)
        elif name == "RUN" and "useradd" not in rest:
            subprocess.run(["sh", "-euc", rest], cwd=root, env=environment, check=True)
    subprocess.run(["python", "-m", "ingest"], cwd=root, env=environment, check=True)
    asked = ["python", "-m", "assistant", "业务范围有哪些？"]
    answered = subprocess.run(asked, cwd=root, env=environment, check=True, capture_output=True, text=True)
    assert "共18项" in answered.stdout
    helped = subprocess.run(
        ["python", "app.py", "--help"], cwd=root, env=environment, check=True, capture_output=True, text=True
    )
    assert "--port" in helped.stdout


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)
