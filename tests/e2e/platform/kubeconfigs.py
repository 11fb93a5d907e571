"""A user's kubeconfig, as the platform's command writes it."""

import base64
import json
import subprocess
from pathlib import Path

import yaml

from tests.e2e.platform.running import COLOURS, SYSTEM, Platform

USERS = {
    "admin": "kubernetes-admin",
    "readwrite": "kubernetes-readwrite",
    "readonly": "kubernetes-readonly",
}
THEIRS = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [{"name": "home", "cluster": {"server": "https://home.example"}}],
    "users": [{"name": "me", "user": {"token": "t"}}],
    "contexts": [{"name": "home", "context": {"cluster": "home", "user": "me"}}],
    "current-context": "home",
}


def write(platform: Platform, path: Path, *options: str) -> None:
    stacks = [word for name in ("shared", *COLOURS) for word in ("--stack", name)]
    platform.run("eks-platform-kubeconfig", *stacks, "--kubeconfig", str(path), *options)


def of_a_user(platform: Platform, path: Path) -> Path:
    """Writes the kubeconfig of a user who had one, and adds the platform's contexts."""
    path.write_text(yaml.safe_dump(THEIRS))
    write(platform, path)
    return path


def kubectl(
    platform: Platform, file: Path | None, *arguments: str, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Runs kubectl with a file; None: with what the environment says."""
    which = () if file is None else ("--kubeconfig", str(file))
    return subprocess.run(
        [str(platform.state.bin / "kubectl"), *which, *arguments],
        env={
            **platform.state.environment(platform.cloud),
            "XDG_CACHE_HOME": str(platform.state.root / "cache"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def user(platform: Platform, file: Path, context: str) -> str:
    said = kubectl(platform, file, "--context", context, "auth", "whoami", "-o", "json")
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)["status"]["userInfo"]["username"]


def reached(platform: Platform, file: Path, context: str) -> str:
    """The colour that a context leads to."""
    said = kubectl(platform, file, "--context", context, "get", "--raw", SYSTEM)
    assert said.returncode == 0, said.stderr
    return platform.colours[json.loads(said.stdout)["metadata"]["uid"]]


def accepting(platform: Platform) -> set[str]:
    """Colours that take the token that the wrapper makes now for the stable name."""
    zone = platform.outputs("shared")["zones"]["api"]["name"]
    made = platform.run("aws-iam-authenticator-wrapper", "token", "-i", f"eks.{zone}")
    token = json.loads(made.stdout)["status"]["token"]
    taking: set[str] = set()
    for colour in COLOURS:
        cluster = platform.outputs(colour)["cluster"]
        authority = platform.state.root / f"{colour}.pem"
        authority.write_bytes(base64.b64decode(cluster["certificateAuthority"]))
        options = [
            f"--server={cluster['endpoint']}",
            f"--certificate-authority={authority}",
            f"--token={token}",
        ]
        said = kubectl(platform, Path("/dev/null"), *options, "get", "namespaces")
        assert said.returncode == 0 or "Unauthorized" in said.stderr + said.stdout, said.stderr
        taking |= {colour} if said.returncode == 0 else set()
    return taking
