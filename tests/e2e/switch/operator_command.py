"""Runs the operator command on a platform, and prepares what it is to find there."""

import json
import subprocess
from typing import Any

import psutil
import yaml

from localcloud import names
from localcloud.demo import SAMPLE
from tests.e2e.platform.conftest import Platform
from tests.waiting import said_at_the_end

INGRESSES = "/apis/networking.k8s.io/v1/namespaces/sample/ingresses"


def bluegreen(platform: Platform, *arguments: str) -> tuple[int, Any]:
    """Exit code and JSON document of a command."""
    ran = platform.run("bluegreen", *arguments, "--json", check=False)
    assert ran.stdout, ran.stderr
    return ran.returncode, json.loads(ran.stdout)


def start(platform: Platform, *arguments: str) -> "subprocess.Popen[str]":
    """A command that goes on beside the test; `ended` waits for it."""
    return subprocess.Popen(
        ["bluegreen", *arguments, "--json"],
        cwd=platform.state.project,
        env=platform.state.environment(platform.cloud),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def ended(process: "subprocess.Popen[str]") -> tuple[int, Any]:
    """Exit code and JSON document of a command, once it has ended."""
    said = said_at_the_end(process)
    return process.returncode, json.loads(said)


def kill_all(process: "subprocess.Popen[str]") -> None:
    """Ends a command, its engine and its providers at once, as a lost machine would."""
    for child in (*psutil.Process(process.pid).children(recursive=True), process):
        child.kill()
    process.communicate()


def publish(platform: Platform, colour: str, label: str) -> None:
    """Deploys an Ingress that asks for the live public name ``LABEL.devinfra.fr``."""
    objects = yaml.safe_load_all(SAMPLE.read_text())
    ingress = next(item for item in objects if item["metadata"]["name"] == "web-public")
    ingress["metadata"]["name"] = label
    ingress["metadata"]["annotations"]["PublicDNSName"] = label
    platform.kube(colour).post(INGRESSES, ingress)


def unpublish(platform: Platform, colour: str, label: str) -> None:
    """Takes the Ingress away."""
    platform.kube(colour).delete(f"{INGRESSES}/{label}")


def deploy_sample(platform: Platform, colour: str) -> None:
    """Deploys the sample application, and waits until its own name resolves."""
    cluster = f"eks-{colour}"
    platform.run("aws", "eks", "update-kubeconfig", "--name", cluster, "--alias", colour)
    platform.run("kubectl", "--context", colour, "apply", "--server-side", "-f", str(SAMPLE))
    names.wait_for([f"web.{cluster}.devinfra.fr"], platform.cloud.dns_port)
