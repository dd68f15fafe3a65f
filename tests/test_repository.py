"""The repository tells on itself: sentences, hosts and paths, import contracts, documented options."""

from __future__ import annotations

import ast
import re
import shutil
import string
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from api.cli_docs import PAGES, cli_markdown
from geo.messages import LANGUAGES, catalogue

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("geo", "maps", "api")
_PREFIX = re.compile(r"[a-z][a-z0-9]*_(?:[a-z0-9]+_)*")
# spelled so that this file does not accuse itself
HOSTS = [
    f"{name}.{end}"
    for name, end in (
        ("pypi", "org"), ("files.pythonhosted", "org"), ("pypi.tuna.tsinghua", "edu"),
        ("mirrors.aliyun", "com"), ("mirrors.cloud.tencent", "com"), ("registry.npmjs", "org"),
        ("conda.anaconda", "org"), ("pypi", "python.org"),
    )
]  # fmt: skip
# /home/somebody is nobody's
MACHINE_PATH = re.compile(
    r"(?<![\w.])/(?:home/(?!somebody)|Users/|root/|work/|opt/)\w+|\b[A-Z]:[/\\]Users[/\\]\w+[/\\]"
)


def tracked() -> list[Path]:
    """Files that are or would be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode("utf-8")
    return [path for name in sorted(listed.split("\0")) if name and (path := ROOT / name).is_file()]


def texts() -> dict[str, str]:
    """Contents of the files that are text."""
    contents = {}
    for path in tracked():
        raw = path.read_bytes()
        if b"\0" not in raw[:8000]:
            contents[path.relative_to(ROOT).as_posix()] = raw.decode("utf-8")
    return contents


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def faults_of_catalogue(entries: Mapping[str, Mapping[str, str]]) -> list[str]:
    faults = []
    for code, entry in entries.items():
        if set(entry) != set(LANGUAGES) or not all(text.strip() for text in entry.values()):
            faults.append(f"{code}: needs exactly {LANGUAGES}")
        elif placeholders(entry["zh"]) != placeholders(entry["en"]):
            faults.append(f"{code}: other placeholders in zh than in en")
    return faults


def words_of_code(files: Iterable[Path]) -> tuple[set[str], set[str]]:
    """All string constants of Python files, and those that begin codes put together at run time."""
    words: set[str] = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.add(node.value)
    prefixes = {word for word in words if _PREFIX.fullmatch(word) and word != "page_"}
    return words, prefixes


def unused_codes(
    codes: Iterable[str], words: set[str], prefixes: set[str], script: str
) -> list[str]:
    """Codes that nothing says; those of the page are looked for in its scripts by what follows page_."""
    begun = set(re.findall(r"""["'`]([a-z_]+_)(?:["'`]|\$\{)""", script))
    said = set(re.findall(r"""["'`.]([a-z0-9_]+)""", script))

    def used(code: str) -> bool:
        if code in words or code.startswith(tuple(prefixes)):
            return True
        bare = code.removeprefix("page_")
        return bare != code and (bare in said or bare.startswith(tuple(begun)))

    return [code for code in codes if not used(code)]


def sources() -> list[Path]:
    return [path for room in SOURCES for path in sorted((ROOT / room).rglob("*.py"))]


def page_script() -> str:
    files = [*(ROOT / "maps").rglob("*.js"), *(ROOT / "maps").rglob("*.html")]
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(files))


def test_every_sentence_in_both_languages() -> None:
    assert faults_of_catalogue(catalogue()) == []


def test_the_check_of_sentences_can_fail() -> None:
    assert faults_of_catalogue({"a": {"zh": "甲{x}", "en": "a"}, "b": {"zh": "乙"}}) == [
        "a: other placeholders in zh than in en",
        f"b: needs exactly {LANGUAGES}",
    ]


def test_every_sentence_is_said_somewhere() -> None:
    words, prefixes = words_of_code(sources())
    prefixes |= prefixes_in_sentences(catalogue())
    assert unused_codes(catalogue(), words, prefixes, page_script()) == []


def prefixes_in_sentences(sentences: Mapping[str, Mapping[str, str]]) -> set[str]:
    """Beginnings of codes that other sentences name, as in ``{unit:@unit_}``."""
    texts = [text for entry in sentences.values() for text in entry.values()]
    return {one for text in texts for one in re.findall(r"\{\w+:@(\w+_)\}", text)}


def test_sentences_name_the_beginnings_of_codes() -> None:
    assert prefixes_in_sentences({"a": {"zh": "{x:@unit_}、{y:@header}、{z}"}}) == {"unit_"}


def test_the_check_of_unsaid_sentences_can_fail(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text('say("one"); say(f"tier_{t}")\n', encoding="utf-8")
    words, prefixes = words_of_code([tmp_path / "code.py"])
    codes = ["one", "two", "tier_street", "page_north", "page_use_office", "page_gone"]
    script = 'text("north"); text("use_" + use)'
    assert unused_codes(codes, words, prefixes, script) == ["two", "page_gone"]


def accused(contents: Mapping[str, str]) -> list[str]:
    """Files that name a registry host or a path of one machine."""
    return [
        f"{name}: {found}"
        for name, text in contents.items()
        for found in [*(host for host in HOSTS if host in text), *MACHINE_PATH.findall(text)]
    ]


def test_no_registry_host_and_no_path_of_a_machine() -> None:
    assert accused(texts()) == []


def test_the_check_of_hosts_and_paths_can_fail() -> None:
    bad = {"a": f"https://{HOSTS[0]}/simple", "b": "/" + "home/zhang/x", "c": "https://a.b/home/x"}
    assert [line[0] for line in accused(bad)] == ["a", "b"]


def lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    program = "from importlinter.cli import lint_imports_command as run; run()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=tree,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree with the rooms of the project and empty modules, under the project's contracts."""
    tree = tmp_path_factory.mktemp("rooms")
    shutil.copy(ROOT / "pyproject.toml", tree)
    for path in sources():
        copy = tree / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.touch()
    return tree


def contracts() -> list[str]:
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [one["name"] for one in content["tool"]["importlinter"]["contracts"]]


BAD_IMPORTS = {
    "api over maps over geo": ("geo/bad.py", "import maps.workbook"),
    "geo knows nothing of pages and services": ("geo/bad.py", "import folium"),
    "kernels see arrays only": ("geo/kernels/bad.py", "import pandas"),
    "maps serves nothing": ("maps/bad.py", "import fastapi"),
    "the engine runs one way": ("geo/network/bad.py", "import geo.coverage"),
}


def test_contracts_are_kept_by_rooms_without_bad_imports(rooms: Path) -> None:
    done = lint_imports(rooms)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("contract", contracts())
def test_every_contract_can_be_broken(rooms: Path, contract: str) -> None:
    file, statement = BAD_IMPORTS[contract]
    (rooms / file).write_text(f"{statement}\n", encoding="utf-8")
    done = lint_imports(rooms)
    (rooms / file).unlink()
    assert done.returncode == 1
    assert f"{contract} BROKEN" in " ".join(done.stdout.split())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_option_is_documented(lang: str) -> None:
    page = (ROOT / PAGES[lang]).read_text(encoding="utf-8")
    assert page == cli_markdown(lang), "run python -m api.cli_docs"


def test_modules_begin_with_a_sentence_and_stay_small() -> None:
    grown = [
        path.relative_to(ROOT).as_posix()
        for path in sources()
        if len(path.read_text(encoding="utf-8").splitlines()) > 450
    ]
    assert grown == []


def test_the_two_commands_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in ("README.md", "README.zh-CN.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        promised = set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.M))
        assert {"demo", "test"} <= promised
        assert [name for name in promised if not re.search(rf"^{name}:", makefile, re.M)] == []


def test_locks_hold_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = (ROOT / "requirements/runtime.txt").read_text(encoding="utf-8")
    dev = (ROOT / "requirements/dev.txt").read_text(encoding="utf-8")
    for wanted, locks in (
        (project["project"]["dependencies"], (runtime, dev)),
        (project["dependency-groups"]["dev"], (dev,)),
    ):
        names = [re.split(r"[<>=;\[ ]", one)[0].lower() for one in wanted]
        missing = [name for name in names for lock in locks if f"\n{name}==" not in lock]
        assert missing == [], "run make lock"
    pinned = re.findall(r"^[a-z0-9.-]+==", dev, re.M)
    assert len(pinned) == len(re.findall(r"^[a-z0-9.-]+==.*\\\n    --hash=sha256:", dev, re.M))
