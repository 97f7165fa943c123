"""A Python that an ordinary user may start too: this one, or another of its version where this one lies in a closed folder."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from ingest.apart import ROOT
from tests.hostile.trial import NOBODY

VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"  # whose compiled libraries fit
PLACES = ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")


def python_for_nobody(folder: Path) -> str:
    """Its path, or "" when there is none. folder: empty; may receive an environment that borrows the libraries of this one."""
    if run_as_nobody(sys.executable, "-c", "import tests.hostile.trial", home=folder) == 0:
        return sys.executable
    for place in PLACES:
        if Path(place, VERSION).exists():
            python = _environment(Path(place, VERSION), folder)
            if run_as_nobody(python, "-c", "import tests.hostile.trial", home=folder) == 0:
                return python
    return ""


def run_as_nobody(python: str, *arguments: str, home: Path) -> int:
    """The exit code; 126 where it may not be started. What it needs it finds in the project's folder and in `home`."""
    try:
        return subprocess.run(
            [python, *arguments],
            cwd=ROOT,
            env={**os.environ, "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"},
            user=NOBODY,
            group=NOBODY,
            extra_groups=(),
            check=False,
        ).returncode
    except PermissionError:
        return 126


def _environment(python: Path, folder: Path) -> str:
    """As `python -m venv` makes them, with this one's libraries on its path: children of it, whose variables are few, have them too."""
    own = folder / "lib" / VERSION / "site-packages"
    own.mkdir(parents=True, exist_ok=True)
    own.joinpath("borrowed.pth").write_text("\n".join({sysconfig.get_path(name) for name in ("purelib", "platlib")}))
    folder.joinpath("pyvenv.cfg").write_text(f"home = {python.parent}\n")
    link = folder / "bin" / "python"
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(python)
    return str(link)
