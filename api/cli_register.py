"""``servicecircle register`` and ``servicecircle keys``: the service's register and who may use it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli_click import Command, Group, Option, common_options
from geo.errors import InputError, NotFoundError, fault
from geo.messages import say

if TYPE_CHECKING:
    from api.keys import Role
    from api.register.database import Database
    from api.register.imports import Missing, Preview
    from api.register.store import Words

VARIABLE = "SERVICECIRCLE_REGISTER"
_DATUMS = ("gcj02", "bd09", "EPSG:4326", "EPSG:4490")
_SHOWN = 20
_where = click.option(
    "--register", "where", cls=Option, envvar=VARIABLE, metavar="WHERE", help="cli_register_where"
)


@click.group("register", cls=Group, help="cli_help_register")
@common_options
def register() -> None:
    """Hold the commands about the register."""


@click.group("keys", cls=Group, help="cli_help_keys")
@common_options
def keys() -> None:
    """Hold the commands about access keys."""


@register.command("import", cls=Command, help="cli_help_register_import")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@_where
@click.option("--crs", cls=Option, type=click.Choice(_DATUMS), help="cli_register_crs")
@click.option("--delete-missing", cls=Option, is_flag=True, help="cli_register_delete_missing")
@click.option("--yes", cls=Option, is_flag=True, help="cli_register_yes")
@common_options
def import_(
    file: Path, where: str | None, crs: str | None, delete_missing: bool, yes: bool
) -> None:
    """Show what the file would change, ask, and change it."""
    from api.register import imports
    from api.register.store import Register

    if not file.is_file():
        raise NotFoundError(fault("register_no_file", path=file))
    content = file.read_bytes()
    missing: Missing = "delete" if delete_missing else "keep"
    with closing(opened(where, make=True)) as database:
        found, words = Register(database), _words(where)
        seen = imports.preview(found, content, words, crs, missing)
        click.echo("\n".join(_preview_lines(seen)))
        if not seen.plans or not (yes or click.confirm(say("cli_register_confirm"))):
            return
        imports.take(
            found,
            content,
            words,
            crs,
            missing,
            token=seen.token,
            who=_me(),
        )
        click.echo(say("cli_register_imported", {"count": len(seen.plans)}))


@register.command("export", cls=Command, help="cli_help_register_export")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@_where
@common_options
def export(file: Path, where: str | None) -> None:
    """Write the register as an Excel file."""
    from api.register.sheets import export_bytes
    from api.register.store import Register

    with closing(opened(where)) as database:
        entries = Register(database).entries()
    file.write_bytes(export_bytes([one.row for one in entries], _tier_names(where)))
    click.echo(say("cli_register_exported", {"count": len(entries), "path": file}))


@register.command("backup", cls=Command, help="cli_help_register_backup")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@_where
@common_options
def backup(file: Path, where: str | None) -> None:
    """Copy the register while it is in use."""
    with closing(opened(where)) as database:
        database.copy_to(file)
    click.echo(say("cli_register_backed_up", {"path": file}))


@keys.command("add", cls=Command, help="cli_help_keys_add")
@click.argument("name", metavar="NAME")
@click.option(
    "--role",
    cls=Option,
    type=click.Choice(("reader", "editor", "admin")),
    default="reader",
    help="cli_keys_role",
)
@_where
@common_options
def add(name: str, role: Role, where: str | None) -> None:
    """Make a key and show it once."""
    from api.keys import add_key

    with closing(opened(where, make=True)) as database:
        key = add_key(database, name, role)
    click.echo(key)
    click.echo(say("cli_keys_added", {"name": name, "role": role}), err=True)


@keys.command("revoke", cls=Command, help="cli_help_keys_revoke")
@click.argument("name", metavar="NAME")
@_where
@common_options
def revoke(name: str, where: str | None) -> None:
    """Revoke a key."""
    from api.keys import revoke_key

    with closing(opened(where)) as database:
        revoke_key(database, name)
    click.echo(say("cli_keys_revoked", {"name": name}))


@keys.command("list", cls=Command, help="cli_help_keys_list")
@_where
@common_options
def list_(where: str | None) -> None:
    """List keys, without the keys themselves."""
    from api.keys import keys as all_keys

    with closing(opened(where)) as database:
        found = all_keys(database)
    for name, role, made, revoked in found:
        state = say("cli_keys_until", {"day": f"{revoked:%Y-%m-%d}"}) if revoked else ""
        click.echo(f"{name}\t{role}\t{made:%Y-%m-%d}\t{state}".rstrip())


def default_register(folder: Path) -> str:
    """Return where the register of a result folder is kept: beside it, for the folder itself is replaced whole."""
    place = folder.resolve()
    return str(place.with_name(f"{place.name}.register.db"))


def opened(where: str | None, *, make: bool = False) -> Database:
    """Open a register, brought up to date; `make` makes a file that is not there.

    Raises
    ------
    InputError
        When nobody said where it is.
    NotFoundError
        When there is none.
    """
    from api.register.database import Database, is_dsn

    if not where:
        raise InputError(fault("register_where"))
    place = where
    if not is_dsn(where):
        place = default_register(Path(where)) if Path(where).is_dir() else where
        if not make and not Path(place).is_file():
            raise NotFoundError(fault("register_no_file", path=place))
    database = Database(place)
    database.migrate()
    return database


def _words(where: str | None) -> Words:
    """Return the words of the city where `where` is a result folder, else the usual ones."""
    from api.register.store import Words

    folder = _result_folder(where)
    if folder is None:
        return Words()
    from api.desk import words_of
    from geo.store import read_result

    return words_of(read_result(folder))


def _tier_names(where: str | None) -> dict[str, str]:
    folder = _result_folder(where)
    if folder is None:
        return {}
    from api.desk import tier_names
    from geo.store import read_result

    return tier_names(read_result(folder))


def _result_folder(where: str | None) -> Path | None:
    folder = Path(where) if where else None
    return folder if folder is not None and (folder / "manifest.json").is_file() else None


def _preview_lines(seen: Preview) -> list[str]:
    lines = [say("cli_register_preview", seen.counts())]
    for one in seen.plans[:_SHOWN]:
        changed = "、".join(name for name, (old, new) in one.changes.items() if old != new)
        what = say(f"cli_register_{one.action}", {"columns": changed})
        lines.append(f"  {one.station_id} {one.name} {what}")
    if len(seen.plans) > _SHOWN:
        lines.append(say("cli_register_more", {"count": len(seen.plans) - _SHOWN}))
    for row in seen.read.rejects.head(_SHOWN).to_dict("records"):
        place = {"sheet": row["sheet"] or "—", "row": row["row"], "reason": row["reason"]}
        lines.append("  " + say("cli_register_reject", place))
    return lines


def _me() -> str:
    import getpass

    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError, ImportError):  # no account behind the number of this user
        return "cli"
