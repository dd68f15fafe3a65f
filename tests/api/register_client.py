"""A service with a register of its own, and the keys of two people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi.testclient import TestClient

from api.app import create_app
from api.keys import Role, add_key
from api.register.database import Database
from api.settings import Limits, Proxy, ServiceSettings
from tests.api.conftest import BASE, until

STATION = {
    "name": "甲社区党群服务站", "tier": "community", "status": "open",
    "lon": 113.93, "lat": 24.52, "coordinate_source": "gcj02",
}  # fmt: skip


@dataclass
class Served:
    """A running service and what its callers send."""

    client: TestClient
    register: str
    editor: dict[str, str]
    reader: dict[str, str]


def bearer(register: str, name: str, role: Role) -> dict[str, str]:
    database = Database(register)
    database.migrate()
    try:
        return {"Authorization": f"Bearer {add_key(database, name, role)}"}
    finally:
        database.close()


@contextmanager
def serving(
    folder: Path,
    register: str,
    *,
    host: str = "127.0.0.1",
    proxy: Proxy | None = None,
    limits: Limits | None = None,
    client: tuple[str, int] = ("127.0.0.1", 50_000),
) -> Iterator[Served]:
    settings = ServiceSettings(
        folder, reload_seconds=0.2, warm=False, host=host, register=register, proxy=proxy,
        limits=limits or Limits(),
    )  # fmt: skip
    editor, reader = bearer(register, "韩梅", "editor"), bearer(register, "李雷", "reader")
    app = create_app(settings)
    with TestClient(app, base_url=BASE, raise_server_exceptions=False, client=client) as opened:
        until(lambda: app.state.shelf.ready)
        yield Served(opened, register, editor, reader)
