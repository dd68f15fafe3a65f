"""What the manual shows, made by today's program: ``python -m api.manual_pictures`` draws its pictures again.

It runs commands of the manual on the small demo district and photographs their pages in Chromium (playwright, one of
the development requirements); what a command printed is kept as text.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from maps.manual import OUTPUT, command_lines, manual_folder, manual_source, named_blocks

if TYPE_CHECKING:
    from playwright.sync_api import Page

PICTURES, STUDY, SPOILT, RESULT = "图", "我的区", "问题区", "结果"
CHECK = f"servicecircle check {STUDY}/study.toml"
RUN = f"servicecircle run {STUDY}/study.toml --out {RESULT}"
SITES = f"servicecircle sites {RESULT} --count 3"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
)
_DEMO = Path(__file__).resolve().parents[1] / "data" / "demo" / "small"
_QUALITY = 74


@dataclass(frozen=True)
class Step:
    """One thing done on a page before it is photographed: ``click``, ``fill``, ``press`` or ``wait``."""

    do: str
    at: str
    text: str = ""


@dataclass(frozen=True)
class Shot:
    """One picture: the command of the manual that makes what it shows, the page, what is done on it."""

    name: str
    command: str
    page: str
    steps: tuple[Step, ...] = ()
    size: tuple[int, int] = (1180, 680)
    part: str = ""
    """Selector of the part shown, as far down as the window is high; the whole window if empty."""


@dataclass(frozen=True)
class Recording:
    """What a command printed, from a line that begins with `first` up to one that begins with `last`."""

    name: str
    command: str
    first: str = ""
    last: str = ""


MAP = f"{RESULT}/map.html"
SHOTS = (
    Shot("质量报告", CHECK, f"{SPOILT}/check/quality.html", size=(1080, 700)),
    Shot("地图", SITES, MAP),
    Shot(
        "演示", SITES, MAP,
        (Step("click", "#sc-present"), *[Step("press", "body", "ArrowRight")] * 4),
        size=(1180, 640),
    ),
    Shot(
        "推演", RUN, MAP,
        (
            Step("click", "#sc-trial-open"),
            Step("click", "#sc-trial-best"),
            Step("wait", "#sc-trial-result"),
        ),
    ),
    Shot("曲线", SITES, f"{RESULT}/gain_curve.png", size=(1100, 620), part="img"),
    Shot(
        "前后对比", f"servicecircle map 方案结果 --against {RESULT}", "方案结果/map.html",
        (Step("click", "#sc-divide"), *[Step("press", "#sc-divider", "ArrowLeft")] * 9),
    ),
    Shot(
        "一街一图一表", f"servicecircle report {RESULT} --each subdistrict",
        f"{RESULT}/一街一图一表.html", size=(900, 1060), part=".place:has-text('鹤渚街道')",
    ),
)  # fmt: skip
RECORDINGS = (
    Recording("run", RUN, first="云麓区", last="【步行500米】"),
    Recording("explain", f"servicecircle explain {RESULT} B000160"),
    Recording("sites", SITES, first="备选点位", last="结果在"),
)


def begin(folder: Path) -> None:
    """Lay out what the reader of the manual has on disk: the files of the small demo, the scenario of the text."""
    for path in sorted(_DEMO.iterdir()):
        if path.is_file():
            shutil.copyfile(path, folder / STUDY / path.name)
    for name, text in named_blocks(manual_source(), "toml").items():
        if name.endswith(".toml"):
            (folder / name).write_text(text, encoding="utf-8")


def perform(page: Page, shot: Shot, folder: Path) -> bytes:
    """Open the page of a picture, do its steps, return it as PNG."""
    page.set_viewport_size({"width": shot.size[0], "height": shot.size[1]})
    page.goto((folder / shot.page).as_uri())
    if shot.page.endswith("map.html"):
        page.wait_for_selector("#sc-legend")
    for step in shot.steps:
        if step.do == "click":
            page.click(step.at)
        elif step.do == "fill":
            page.fill(step.at, step.text)
        elif step.do == "press":
            page.press(step.at, step.text)
        else:
            page.wait_for_selector(step.at)
    page.wait_for_timeout(400)  # for what fades in
    box = page.locator(shot.part).first.bounding_box() if shot.part else None
    if box is None:
        return bytes(page.screenshot())
    box["height"] = min(box["height"], shot.size[1])
    return bytes(page.screenshot(clip=box, full_page=True))


def cut(text: str, recording: Recording) -> str:
    """Return the part of an output that is shown."""
    lines = text.splitlines()
    starts = [i for i, line in enumerate(lines) if line.startswith(recording.first)]
    kept = lines[starts[0] if starts else 0 :]
    if recording.last:
        ends = [i for i, line in enumerate(kept) if line.startswith(recording.last)]
        kept = kept[: ends[0]] if ends else kept
    return "\n".join(kept).strip() + "\n"


def main() -> None:
    """Run what the pictures need, photograph, record."""
    from playwright.sync_api import sync_playwright

    target = manual_folder()
    with TemporaryDirectory() as name:
        folder = Path(name)
        printed = _run_story(folder)
        for one in RECORDINGS:
            text = cut(printed[one.command], one)
            (target / OUTPUT / f"{one.name}.txt").write_bytes(text.encode("utf-8"))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=list(FLAGS)
            )
            for shot in SHOTS:
                page = browser.new_page(device_scale_factor=1.5)
                raw = perform(page, shot, folder)
                page.close()
                (target / PICTURES / f"{shot.name}.webp").write_bytes(_pressed(raw))
            browser.close()


def _run_story(folder: Path) -> dict[str, str]:
    """Run the commands that pictures and recordings name, in the order of the manual."""
    wanted = {one.command for one in SHOTS} | {one.command for one in RECORDINGS} | {RUN}
    wanted.add(f"servicecircle what-if {RESULT} 方案.toml --out 方案结果")
    _call(folder, f"servicecircle new {STUDY}")
    begin(folder)
    printed = {
        line: _call(folder, line) for line in command_lines(manual_source()) if line in wanted
    }
    shutil.copytree(folder / STUDY, folder / SPOILT)
    spoil(folder / SPOILT / "stations.xlsx")
    _call(folder, CHECK.replace(STUDY, SPOILT))
    return printed


def spoil(register: Path) -> None:
    """Make the mistakes of a register that people make: the quality report then has something to show."""
    from openpyxl import load_workbook

    book = load_workbook(register)
    page = book.worksheets[0]
    place = {str(cell.value).split("*")[0]: number for number, cell in enumerate(page[1], 1)}
    east, north = page.cell(10, place["经度"]), page.cell(10, place["纬度"])
    east.value, north.value = north.value, east.value
    page.cell(20, place["状态"]).value = "筹备"
    page.cell(25, place["建筑面积（㎡）"]).value = "约三百平"
    page.cell(30, place["经度"]).value = page.cell(30, place["纬度"]).value = 0
    book.save(register)


def _call(folder: Path, line: str) -> str:
    print(line, flush=True)  # noqa: T201
    words = shlex.split(line)[1:]
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "api.cli", *words],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout


def _pressed(png: bytes) -> bytes:
    from PIL import Image

    out = BytesIO()
    Image.open(BytesIO(png)).convert("RGB").save(out, "WEBP", quality=_QUALITY, method=6)
    return out.getvalue()


if __name__ == "__main__":
    main()
