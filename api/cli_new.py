"""``servicecircle new``: a commented study file and an empty register."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from api.cli_click import Command, common_options
from geo.errors import InputError, OutputError, fault
from geo.messages import say


@click.command(cls=Command, help="cli_help_new")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@common_options
def new(folder: Path) -> None:
    """Write ``study.toml`` and ``stations.xlsx`` into a folder; nothing is overwritten."""
    from api.register_sheet import register_bytes

    contents = {
        "study.toml": files("api").joinpath("templates/study.toml").read_bytes(),
        "stations.xlsx": register_bytes(),
    }
    present = [name for name in contents if (folder / name).exists()]
    if present:
        raise InputError(fault("cli_new_exists", folder=folder, files="、".join(present)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise OutputError(fault("cli_new_not_written", folder=folder, why=str(error))) from error
    click.echo(say("cli_new_done", {"folder": folder}))
