"""Dockerfile and compose.yaml by the rules of their linters; there is no engine here to run them."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.conftest import REPOSITORY

_PINNED = re.compile(r"^[a-z0-9./-]+:[0-9]+(\.[0-9]+)*[a-z0-9.-]*$")
_SECRET = re.compile(r"(?i)(password|secret|token|key)(=|:\s+)(?!\$\{)[\"']?[^\s\"'$]{4,}")


def instructions(text: str) -> list[tuple[str, str]]:
    lines = re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*\n", "", text)).splitlines()
    return [(word, rest.strip()) for word, _, rest in (one.partition(" ") for one in lines if one)]


def faults_of_dockerfile(text: str) -> set[str]:
    found = set()
    given = instructions(text)
    words = [word for word, _ in given]
    stages = [rest.partition(" AS ")[0] for word, rest in given if word == "FROM"]
    if not stages or any(not _PINNED.match(one) for one in stages):
        found.add("base not pinned")
    last = given[len(words) - 1 - words[::-1].index("FROM") :] if stages else []
    users = [rest for word, rest in last if word == "USER"]
    if not users or users[-1] in ("root", "0"):
        found.add("runs as root")
    if not any(word == "HEALTHCHECK" and rest != "NONE" for word, rest in last):
        found.add("no health check")
    runs = [rest for word, rest in given if word == "RUN"]
    installs = [one for one in runs if "apt-get install" in one]
    if any(
        "--no-install-recommends" not in one or "rm -rf /var/lib/apt/lists" not in one
        for one in installs
    ):
        found.add("packages left lying")
    if any("pip install" in one and "--no-cache-dir" not in one for one in runs):
        found.add("pip cache kept")
    if any("sudo" in one or "curl" in one for one in runs) or "ADD" in words:
        found.add("fetches by hand")
    if any(not rest.startswith("[") for word, rest in given if word in ("CMD", "ENTRYPOINT")):
        found.add("shell form")
    if _SECRET.search(text):
        found.add("secret")
    return found


def faults_of_compose(text: str) -> set[str]:
    found = set()
    content = yaml.safe_load(text)
    for service in content["services"].values():
        if "build" not in service and not _PINNED.match(service["image"]):
            found.add("image not pinned")
        if any(not str(one).startswith("127.0.0.1:") for one in service.get("ports", ())):
            found.add("open port")
        if service.get("privileged") or "docker.sock" in str(service.get("volumes", "")):
            found.add("privileged")
        if "restart" not in service:
            found.add("not restarted")
    if _SECRET.search(text):
        found.add("secret")
    return found


def read(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def test_containers_keep_the_rules():
    assert faults_of_dockerfile(read("Dockerfile")) == set()
    assert faults_of_compose(read("compose.yaml")) == set()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("python:3.11.13-slim-bookworm", "python:latest", "base not pinned"),
        ("USER circle", "USER root", "runs as root"),
        ("HEALTHCHECK --interval", "LABEL a", "no health check"),
        (" --no-install-recommends", "", "packages left lying"),
        ("--no-cache-dir", "", "pip cache kept"),
        ('CMD ["serve", "/data/result", "--host", "0.0.0.0"]', "CMD serve", "shell form"),
        ("PYTHONUNBUFFERED=1", "DATABASE_PASSWORD=hunter22", "secret"),
    ],
)
def test_the_rules_of_the_dockerfile_can_be_broken(old, new, fault):
    text = read("Dockerfile")
    assert old in text
    assert fault in faults_of_dockerfile(text.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("postgis:16-3.4", "postgis", "image not pinned"),
        ("127.0.0.1:8000:8000", "8000:8000", "open port"),
        ("read_only: true", "privileged: true", "privileged"),
        ("${DATABASE_PASSWORD:?put DATABASE_PASSWORD into .env}", "hunter22", "secret"),
    ],
)
def test_the_rules_of_compose_can_be_broken(old, new, fault):
    text = read("compose.yaml")
    assert old in text
    assert fault in faults_of_compose(text.replace(old, new))


def test_every_file_the_image_copies_is_here_and_let_in():
    let_in = {one[1:] for one in read(".dockerignore").splitlines() if one.startswith("!")}
    for word, rest in instructions(read("Dockerfile")):
        if word == "COPY" and not rest.startswith("--from"):
            for source in rest.split()[:-1]:
                assert (REPOSITORY / source).exists(), source
                assert source in let_in


def test_the_command_of_the_image_is_one_of_ours(capsys):
    from api.cli import main

    with pytest.raises(SystemExit) as ended:
        main(["serve", "--help"])
    assert not ended.value.code
    shown = capsys.readouterr().out
    for option in re.findall(
        r"--[a-z-]+", " ".join(re.findall(r"(?m)^CMD (.*)$", read("Dockerfile")))
    ):
        assert option in shown
