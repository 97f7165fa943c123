"""Every command in the READMEs runs, from the repository's root, against an index of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
READMES = ["README.md", "README.zh-CN.md"]
MADE_ELSEWHERE = {"make run", "make test"}  # a fresh clone of these two is what .ci/run is


def blocks(readme: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / readme).read_text("utf-8"), re.DOTALL)


def commands() -> list[str]:
    lines = [
        line for readme in READMES for block in blocks(readme, "sh") for line in block.splitlines() if line.strip()
    ]
    return list(dict.fromkeys(line for line in lines if line not in MADE_ELSEWHERE))


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    data = tmp_path_factory.mktemp("readme")
    environment = {**os.environ, "QA_DATA": str(data), "PYTHONIOENCODING": "utf-8"}
    subprocess.run([sys.executable, "-m", "ingest"], cwd=ROOT, env=environment, check=True, capture_output=True)
    return environment


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_readmes_runs(command, environment):
    command = command.replace(".venv/bin/python", f"'{sys.executable}'", 1)
    found = subprocess.run(command, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert found.returncode == 0 and found.stdout, found.stderr
    if command.endswith('业务范围有哪些？"'):
        assert "业务范围共18项" in found.stdout and "（十八）" in found.stdout.replace("(", "（").replace(")", "）")


@pytest.mark.parametrize("readme", READMES)
def test_the_python_of_the_readmes_runs(readme, environment):
    [program] = blocks(readme, "python")
    program = program.replace('Path("data")', f"Path({environment['QA_DATA']!r})") + "\nprint(len(documents))"
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "10"


def test_both_readmes_show_the_same_commands():
    assert [block for block in blocks(READMES[0], "sh")] == [block for block in blocks(READMES[1], "sh")]
    assert {"make run", "make test"} <= {line for block in blocks(READMES[0], "sh") for line in block.splitlines()}
