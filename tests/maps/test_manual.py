"""The manual: nothing from outside, sentences and commands of today, pictures that can be made again."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import click
import pytest
from fontTools.ttLib import TTFont
from pylopdf_fonts_zh_cn import sans_path

from api.cli import servicecircle
from api.cli_manual import manual_tables
from api.manual_pictures import PICTURES, RECORDINGS, SHOTS, STUDY, begin, perform
from geo import messages
from geo.messages import catalogue, say
from geo.result import StudyResult
from maps.manual import (
    OUTPUT,
    command_lines,
    inline_code,
    manual_folder,
    manual_html,
    manual_source,
    outputs_in,
    pictures_in,
    quoted_codes,
)

MOST_BYTES = 1_500_000
LINES = command_lines(manual_source())


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    token = messages._language.set("zh")
    yield
    messages._language.reset(token)


@pytest.fixture(scope="module")
def html() -> str:
    return manual_html(manual_tables())


class Reader(HTMLParser):
    """The text of a page, and every address its attributes name."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.addresses, self.anchors, self.hidden = [], [], set(), False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden = tag in ("style", "script")
        for name, value in attrs:
            if name in ("src", "href", "srcset", "poster", "action"):
                self.addresses.append(value or "")
            if name == "id":
                self.anchors.add(value)

    def handle_endtag(self, tag: str) -> None:
        self.hidden = False

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.text.append(data)


def outside(html: str) -> list[str]:
    """What a page would ask for from elsewhere."""
    page = Reader(html)
    inner = {f"#{one}" for one in page.anchors}
    named = [
        one for one in page.addresses if not one.startswith("data:image/") and one not in inner
    ]
    return named + re.findall(r"url\(\s*['\"]?(?!data:)[^)]*\)|@import[^;]*", html)


def test_nothing_comes_from_outside(html: str) -> None:
    assert outside(html) == []
    assert "<script" not in html


def test_the_check_of_what_comes_from_outside_can_fail() -> None:
    page = '<p id="a"><a href="#a"></a><a href="#b"></a><img src="x.png"><style>a{b:url(c.woff)}</style>'
    assert outside(page) == ["#b", "x.png", "url(c.woff)"]


def test_every_character_has_a_glyph(html: str) -> None:
    """In Noto Sans SC, which covers what Microsoft YaHei does for Chinese text."""
    with TTFont(sans_path(), fontNumber=0) as font:
        known = set(font.getBestCmap())
    text = "".join(Reader(html).text) + say("map_simulated")
    assert sorted(set(text) - {chr(one) for one in known} - set("\n\t")) == []
    assert chr(0x0B6A) not in {chr(one) for one in known}  # the check can fail


def test_no_placeholder_is_left(html: str) -> None:
    text = "".join(Reader(html).text)
    assert re.findall(r"\{\{|\}\}|\{\w+(?::@\w+)?\}", text.replace("{z}/{y}/{x}", "")) == []


def test_sentences_are_those_of_the_program(html: str) -> None:
    codes = quoted_codes(manual_source())
    assert len(codes) > 40
    assert [one for one in codes if one not in catalogue()] == []
    text = "".join(Reader(html).text)
    assert say("cli_interrupted") in text
    assert say("register_empty", {"section": "stations", "file": "stations.xlsx"}) in text


@pytest.mark.parametrize("source", ["{{no_such_code}}", "```提示\nno_such_code a=1 | 说明\n```"])
def test_a_sentence_that_is_gone_is_told(source: str) -> None:
    with pytest.raises(KeyError, match="no_such_code"):
        manual_html(source=source)
    assert quoted_codes(source) == ["no_such_code"]


def test_a_sentence_without_its_values_is_told() -> None:
    with pytest.raises(KeyError, match="folder"):
        manual_html(source="{{result_in_use why=占用}}")


def test_sentences_are_text_not_markup() -> None:
    html = manual_html(source='{{cli_extra name="[a](b)*<i>*|"}}')
    assert "[a](b)*&lt;i&gt;*|" in html


def test_the_register_of_the_manual_is_that_of_the_program(html: str) -> None:
    for row in manual_tables()["登记表"]:
        assert all(f">{cell}</t" in html for cell in row)


def test_chapters_can_be_reached(html: str) -> None:
    page = Reader(html)
    anchors = [one for one in page.addresses if one.startswith("#c")]
    assert len(anchors) == html.count("<h2 ") >= 10


def test_pictures_are_shown_kept_and_small() -> None:
    shown = pictures_in(manual_source())
    kept = {f"{PICTURES}/{one.name}" for one in (manual_folder() / PICTURES).iterdir()}
    assert len(shown) == len(set(shown))
    assert set(shown) == kept == {f"{PICTURES}/{shot.name}.webp" for shot in SHOTS}
    assert sum((manual_folder() / one).stat().st_size for one in kept) <= MOST_BYTES
    outputs = {one.stem for one in (manual_folder() / OUTPUT).iterdir()}
    assert set(outputs_in(manual_source())) == outputs == {one.name for one in RECORDINGS}


def test_pictures_are_made_by_commands_of_the_manual() -> None:
    commands = {one.command for one in SHOTS} | {one.command for one in RECORDINGS}
    assert commands <= set(LINES)


def stale(line: str) -> str:
    """Why a command line would not be understood; empty if it would."""
    words = shlex.split(line)[1:]
    command: click.Command = servicecircle
    # with its settings: click keeps the help option it makes for the first context it sees
    context = click.Context(servicecircle, **servicecircle.context_settings)
    try:
        while isinstance(command, click.Group):
            name, found, words = command.resolve_command(context, words)
            if found is None:
                return f"{name}?"
            command = found
        command.make_context(command.name, words, parent=context)
    except click.ClickException as error:
        return error.format_message()
    return ""


@pytest.mark.parametrize("line", LINES)
def test_commands_are_understood(line: str) -> None:
    assert stale(line) == ""


def test_the_check_of_commands_can_fail() -> None:
    assert stale("servicecircle gone x")
    assert stale("servicecircle run a --outt b")
    assert stale("servicecircle keys take x")


def test_options_named_in_the_text_exist() -> None:
    known = {"--help"}
    commands: list[click.Command] = [servicecircle]
    for command in commands:
        known |= {name for one in command.params for name in one.opts}
        commands += list(getattr(command, "commands", {}).values())
    named = {
        word for one in inline_code(manual_source()) for word in one.split() if word[:2] == "--"
    }
    assert len(named) > 8
    assert named - known == set()


def test_a_manual_can_be_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "夹" / "使用手册.html"
    servicecircle.main(["manual", "--out", str(target)], standalone_mode=False)
    assert str(target) in capsys.readouterr().out
    assert target.read_text(encoding="utf-8") == manual_html(manual_tables())


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "夹.html").mkdir()
    with pytest.raises(OSError, match="使用手册写不进"):
        servicecircle.main(["manual", "--out", str(tmp_path / "夹.html")], standalone_mode=False)


class Story:
    """A reader who types every line of the manual, in its order, on the small demo."""

    def __init__(self, folder: Path, result: StudyResult, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.result, self.patch = folder, result, patch
        self.served: list[dict[str, object]] = []
        patch.chdir(folder)
        patch.setattr(
            "uvicorn.run", lambda app, **options: self.served.append({"app": app, **options})
        )

    def type(self, line: str) -> None:
        if "上期结果" in line and not Path("上期结果").exists():
            shutil.copytree("结果", "上期结果")
        words = shlex.split(line)[1:]
        with self.patch.context() as patch:
            if words[0] == "run":  # the same study as everybody's, run once for all tests
                patch.setattr("geo.study.Study.run", lambda *_, **__: self.result)
            assert not servicecircle.main(words, prog_name="servicecircle", standalone_mode=False)
        if words[0] == "new":
            begin(self.folder)


LIGHT = {"new", "run", "explain", "serve", "register", "keys", "manual"}


def test_quick_commands_run(
    small_demo: StudyResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Story(tmp_path, small_demo, monkeypatch)
    for line in LINES:
        if line.split()[1] in LIGHT:
            story.type(line)
    made = ("结果/map.html", "结果/tables.xlsx", "使用手册.html", "阵地.xlsx", "备份.db")
    assert [one for one in made if not Path(one).is_file()] == []
    assert len(story.served) == 1


@pytest.mark.slow
def test_every_command_runs(
    small_demo: StudyResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Story(tmp_path, small_demo, monkeypatch)
    assert LINES[0] == f"servicecircle new {STUDY}"
    for line in LINES:
        story.type(line)
    made = ("结果/report.pdf", "结果/一街一图一表.html", "方案结果/summary.json", "取来的/study.toml",
            "等时圈.geojson", f"{STUDY}/check/field_sheet.html")  # fmt: skip
    assert [one for one in made if not Path(one).is_file()] == []


@pytest.mark.browser
def test_pictures_can_be_taken_again(
    chromium: str, small_demo_folder: Path, tmp_path: Path
) -> None:
    """Buttons and boxes that the pictures need are where they were."""
    from playwright.sync_api import sync_playwright

    from api.manual_pictures import FLAGS, MAP

    shutil.copytree(small_demo_folder, tmp_path / "结果")
    shots = [one for one in SHOTS if one.page == MAP]
    assert len(shots) >= 3
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        page = browser.new_page()
        page.set_default_timeout(8000)
        for shot in shots:
            assert perform(page, shot, tmp_path).startswith(b"\x89PNG")
        browser.close()
