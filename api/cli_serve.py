"""``servicecircle serve``: the HTTP service of a finished result."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from api.cli_click import Command, Option, common_options
from api.cli_register import VARIABLE, default_register, opened
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
@click.option(
    "--register", "where", cls=Option, envvar=VARIABLE, metavar="WHERE", help="cli_serve_register"
)
@click.option("--proxy-user-header", cls=Option, metavar="HEADER", help="cli_serve_proxy_user")
@click.option(
    "--proxy-role-header", cls=Option, default="", metavar="HEADER", help="cli_serve_proxy_role"
)
@click.option(
    "--proxy-address",
    "proxies",
    cls=Option,
    multiple=True,
    default=("127.0.0.1", "::1"),
    metavar="ADDRESS",
    help="cli_serve_proxy_address",
)
@common_options
def serve(
    folder: Path,
    host: str,
    port: int,
    names: tuple[str, ...],
    where: str | None,
    proxy_user_header: str | None,
    proxy_role_header: str,
    proxies: tuple[str, ...],
) -> None:
    """Serve a result until stopped."""
    import uvicorn

    from api.app import create_app
    from api.connections import PatientProtocol
    from api.settings import LOOPBACK, Proxy, ServiceSettings

    kept = where or default_register(folder)
    if host not in LOOPBACK and not proxy_user_header:
        _require_keys(host, kept)
    if not (folder / "manifest.json").is_file():
        raise NotFoundError(fault("result_missing", folder=folder))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    allowed = (*LOOPBACK, host.lower(), *(one.lower() for one in names))
    proxy = (
        Proxy(proxy_user_header, proxy_role_header, addresses=proxies)
        if proxy_user_header
        else None
    )
    settings = ServiceSettings(folder.absolute(), allowed, host=host, register=kept, proxy=proxy)
    app = create_app(settings)
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    click.echo(say("cli_serve_at", {"url": url, "folder": folder}))
    uvicorn.run(
        app,
        host=host,
        port=port,
        http=PatientProtocol,
        proxy_headers=False,  # whom a proxy names, `api.gate` judges
        access_log=False,  # it would write down the places that are asked for
        server_header=False,
        log_config=None,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )


def _require_keys(host: str, where: str) -> None:
    """Refuse to be called from elsewhere while nobody could show a key."""
    from contextlib import closing

    from api.keys import keys
    from api.register.database import is_dsn

    found = False
    if is_dsn(where) or Path(where).is_file():
        with closing(opened(where)) as database:
            found = any(revoked is None for *_, revoked in keys(database))
    if not found:
        raise InputError(fault("cli_serve_no_keys", host=host, where=where))
