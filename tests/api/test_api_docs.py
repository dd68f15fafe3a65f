"""The examples of docs/api.md, sent to the service as curl would send them."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.api.register_client import serving
from tests.conftest import REPOSITORY

_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
_ESCAPED = re.compile(r"\$'([^']*)'")


def commands() -> list[list[str]]:
    text = (REPOSITORY / "docs" / "api.md").read_text(encoding="utf-8")
    lines = "\n".join(_BLOCK.findall(text)).replace("\\\n", " ").splitlines()
    return [shlex.split(_plain(line)) for line in lines if line.startswith("curl ")]


def _plain(line: str) -> str:
    """Put in the text that the shell makes of ``$'…\\n…'``."""
    return _ESCAPED.sub(lambda found: "'" + found[1].replace("\\n", "\n") + "'", line)


def send(client, words, key, files):
    method, body, headers, out, url = "", None, {}, "", ""
    rest = iter(words[1:])
    for word in rest:
        if word == "-X":
            method = next(rest)
        elif word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value.replace("$KEY", key)
        elif word in ("-d", "--data-binary"):
            given = next(rest)
            body = files[given[1:]] if given.startswith("@") else given.encode("utf-8")
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        elif word == "-o":
            out = next(rest)
        elif not word.startswith("-"):
            url = word
    assert url, words
    answer = client.request(
        method or ("POST" if body else "GET"), url, content=body, headers=headers
    )
    if out:
        files[out] = answer.content
    return answer


def test_every_example_is_answered(small_demo_folder, tmp_path):
    found = commands()
    assert len(found) >= 10
    files: dict[str, bytes] = {}
    with serving(small_demo_folder, str(tmp_path / "register.db")) as served:
        key = served.editor["Authorization"].removeprefix("Bearer ")
        for words in found:
            answer = send(served.client, words, key, files)
            assert answer.is_success, (words, answer.text)


def test_the_check_of_examples_can_fail(small_demo_folder, tmp_path):
    with serving(small_demo_folder, str(tmp_path / "register.db")) as served:
        answer = send(served.client, ["curl", "http://127.0.0.1:8000/nix"], "", {})
        assert answer.status_code == 404
    with pytest.raises(AssertionError):
        send(None, ["curl", "-H", "a: b"], "", {})
