"""``servicecircle fetch``: data of a place from OpenStreetMap as a ready study folder."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli_click import Command, Option, common_options
from geo.messages import say

if TYPE_CHECKING:
    from geo.fetch import Fetched

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(cls=Command, help="cli_help_fetch")
@click.argument("place", metavar="[PLACE]", required=False)
@click.option(
    "--out",
    cls=Option,
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="fetch_opt_out",
)
@click.option("--boundary", cls=Option, metavar="FILE", type=_FILE, help="fetch_opt_boundary")
@click.option("--boundary-crs", cls=Option, metavar="CRS", help="fetch_opt_boundary_crs")
@click.option("--pbf", cls=Option, metavar="FILE", type=_FILE, help="fetch_opt_pbf")
@click.option("--admin-level", cls=Option, type=click.IntRange(1, 12), help="fetch_opt_admin_level")
@click.option("--margin-m", cls=Option, type=float, help="fetch_opt_margin")
@click.option("--overpass-url", cls=Option, metavar="URL", help="fetch_opt_overpass")
@click.option("--nominatim-url", cls=Option, metavar="URL", help="fetch_opt_nominatim")
@click.option(
    "--timeout-s", cls=Option, type=click.FloatRange(min=0, min_open=True), help="fetch_opt_timeout"
)
@click.option("--tries", cls=Option, type=click.IntRange(min=1), help="fetch_opt_tries")
@common_options
def fetch(place: str | None, out: Path, **options: object) -> None:
    """Write a study folder for a place."""
    from api.cli_progress import CliProgress
    from api.register_sheet import register_bytes
    from geo.fetch import FetchRequest
    from geo.fetch import fetch as fetch_study

    given = {name: value for name, value in options.items() if value is not None}
    request = FetchRequest(place=place, **given)  # type: ignore[arg-type]
    template = files("api").joinpath("templates/study.toml").read_text(encoding="utf-8")
    with CliProgress() as progress:
        done = fetch_study(
            request,
            out,
            template=template,
            files={"stations.xlsx": register_bytes()},
            progress=progress,
        )
    click.echo("\n".join(_lines(done)))


def _lines(done: Fetched) -> list[str]:
    figures = {
        "folder": done.folder,
        "date": done.osm_date.isoformat(),
        "units": len(done.units.frame),
        "buildings": done.buildings_count,
        "ways": done.ways_count,
        "walls": done.walls_count,
    }
    lines = [say("fetch_done", figures)]
    if done.units.from_osm:
        lines.append(say("fetch_note_not_statutory"))
    if done.retries:
        lines.append(say("fetch_retried", {"count": done.retries}))
    return [*lines, *(one.text() for one in done.notes)]
