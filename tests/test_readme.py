"""Every command in the READMEs runs, as typed, in a fresh copy of the repository."""

import os
import re
import shutil
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
def clone(tmp_path_factory) -> Path:
    """What a stranger has after `git clone`, with the libraries that `make run` installs; indexed as `make run` does."""
    folder = tmp_path_factory.mktemp("stranger") / "association-qa"
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    for name in filter(None, tracked.split("\0")) if tracked else []:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    if not folder.exists():
        pytest.skip("needs the repository's list of files (git)")
    (folder / ".venv").symlink_to(Path(sys.prefix))
    subprocess.run([sys.executable, "-m", "ingest"], cwd=folder, env=environment(), check=True, capture_output=True)
    return folder


def environment() -> dict[str, str]:
    """Nothing of this machine's own settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("QA_")} | {
        "PYTHONIOENCODING": "utf-8"
    }


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_readmes_runs(command, clone):
    found = subprocess.run(
        command, shell=True, cwd=clone, env=environment(), capture_output=True, text=True, check=False
    )
    assert found.returncode == 0 and found.stdout, found.stderr
    if command.endswith('业务范围有哪些？"'):
        assert "业务范围共18项" in found.stdout and "（十八）" in found.stdout.replace("(", "（").replace(")", "）")


@pytest.mark.parametrize("readme", READMES)
def test_the_python_of_the_readmes_runs(readme, clone):
    [program] = blocks(readme, "python")
    program += "\nprint(len(documents))"
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=clone, env=environment(), capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "10"


def test_make_run_would_install_index_and_serve(clone):
    found = subprocess.run(["make", "-n", "run"], cwd=clone, capture_output=True, text=True, check=True).stdout
    assert "pip install" in found and "-m ingest" in found and "app.py" in found


def test_both_readmes_show_the_same_commands():
    assert [block for block in blocks(READMES[0], "sh")] == [block for block in blocks(READMES[1], "sh")]
    assert {"make run", "make test"} <= {line for block in blocks(READMES[0], "sh") for line in block.splitlines()}
