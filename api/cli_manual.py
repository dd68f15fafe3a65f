"""``servicecircle manual``: the manual for planners as one HTML file that needs no internet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli_click import Command, Option, common_options
from geo.errors import OutputError, fault
from geo.messages import say

if TYPE_CHECKING:
    from maps.manual import Rows

DEFAULT = "使用手册.html"
_ALSO_COUNT = ("编号", "所在建筑", "服务楼宇", "开放对象", "开放时间", "停用日期")
"""Columns that need not be filled in and change a figure."""


@click.command(cls=Command, help="cli_help_manual")
@click.option(
    "--out", cls=Option, metavar="FILE", default=DEFAULT, type=click.Path(path_type=Path),
    help="cli_manual_out",
)  # fmt: skip
@common_options
def manual(out: Path) -> None:
    """Write the manual."""
    from maps.manual import manual_html

    text = manual_html(manual_tables())
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(text.encode("utf-8"))
    except OSError as error:
        why = error.strerror or str(error)
        raise OutputError(fault("cli_manual_not_written", path=out, why=why)) from error
    click.echo(say("cli_manual_done", {"path": out}))


def manual_tables() -> dict[str, Rows]:
    """Return the tables of the manual that the program itself knows: what goes into the register."""
    from api.register_sheet import meanings

    rows = [
        (label, meaning, "、".join(words))
        for label, meaning, words in meanings()
        if "*" in label or label in _ALSO_COUNT
    ]
    return {"登记表": [("列（* 必填）", "填什么", "可选的词"), *rows]}
