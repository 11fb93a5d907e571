"""A small Pulumi project on the real engine, with the stand-ins of the local cloud."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.plugins.install import install
from localcloud.state import StateFolder
from localcloud.tools.catalogue import PULUMI
from localcloud.tools.obtain import ensure


@dataclass
class Project:
    """A project with one stack."""

    folder: Path
    environment: dict[str, str]

    def pulumi(self, *words: str, code: int = 0) -> str:
        done = subprocess.run(
            ["pulumi", *words, "--non-interactive"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def write(self, program: str) -> None:
        """Makes another program of it."""
        (self.folder / "__main__.py").write_text(program)

    def state(self) -> dict[str, Any]:
        """The stack's resources by name, as the backend keeps them."""
        exported = json.loads(self.pulumi("stack", "export"))
        listed = exported["deployment"].get("resources") or []
        return {resource["urn"].rsplit("::", 1)[-1]: resource for resource in listed}


def create(folder: Path, program: str) -> Project:
    """A project with an empty stack in a folder, with an engine of its own."""
    state = StateFolder(folder / "cloud")
    install(state)
    state.backend.mkdir(parents=True)
    (state.bin / "pulumi").symlink_to(ensure([PULUMI])[PULUMI])
    place = folder / "program"
    place.mkdir()
    (place / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PULUMI_", "PYTHON"))}
    made = Project(
        place,
        {
            **kept,
            "PATH": f"{state.bin}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_HOME": str(state.pulumi_home),
            "PULUMI_BACKEND_URL": state.backend_url,
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        },
    )
    made.write(program)
    made.pulumi("stack", "init", "dev")
    return made
