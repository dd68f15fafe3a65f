"""``servicecircle serve``: the HTTP service of a finished result."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from api.cli_click import Command, Option, common_options
from geo.errors import InputError, NotFoundError, fault
from geo.messages import say

_SHUTDOWN_SECONDS = 20


@click.command(cls=Command, help="cli_help_serve")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--host", cls=Option, default="127.0.0.1", metavar="HOST", help="cli_serve_host")
@click.option(
    "--port", cls=Option, default=8000, type=click.IntRange(1, 65535), help="cli_serve_port"
)
@click.option(
    "--allow-host", "names", cls=Option, multiple=True, metavar="NAME", help="cli_serve_allow_host"
)
@common_options
def serve(folder: Path, host: str, port: int, names: tuple[str, ...]) -> None:
    """Serve a result until stopped."""
    import uvicorn

    from api.app import create_app
    from api.settings import LOOPBACK, ServiceSettings

    if host not in LOOPBACK:
        raise InputError(fault("service_only_here", host=host))
    if not (folder / "manifest.json").is_file():
        raise NotFoundError(fault("result_missing", folder=folder))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    allowed = (*LOOPBACK, *(one.lower() for one in names))
    app = create_app(ServiceSettings(folder.absolute(), allowed))
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    click.echo(say("cli_serve_at", {"url": url, "folder": folder}))
    uvicorn.run(
        app,
        host=host,
        port=port,
        access_log=False,  # it would write down the places that are asked for
        server_header=False,
        log_config=None,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
