"""The arrows of the design: web → assistant, ingest → vectorstore; one library, one package."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_imports_run_one_way():
    lint = Path(sys.executable).with_name("lint-imports")
    found = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def test_asking_imports_neither_torch_nor_gradio():
    program = "import sys, assistant.assistant; print([m for m in ('torch', 'gradio', 'fastapi', 'sentence_transformers') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
