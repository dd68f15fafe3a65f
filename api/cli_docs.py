"""The reference of the command line, generated: ``python -m api.cli_docs`` writes it into ``docs/``."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli import servicecircle
from api.cli_click import Translated, said
from geo.messages import language, say, set_language

BAR = r"\|"  # a plain one would end the cell
PAGES = {"en": "docs/cli.md", "zh": "docs/zh/cli.md"}


def cli_markdown(lang: str) -> str:
    """Return the reference page in `lang`."""
    before = language()
    set_language(lang)
    try:
        parts = [f"# {say('cli_docs_title')}", say("cli_docs_note"), *_parts(servicecircle, None)]
        return "\n\n".join(parts) + "\n"
    finally:
        set_language(before)


def _parts(command: click.Command, parent: click.Context | None) -> list[str]:
    settings = dict(command.context_settings)
    ctx = click.Context(command, parent, command.name, **settings)
    usage = " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])
    parts = [
        f"## {ctx.command_path}",
        said(command.help),
        f"```\n{usage}\n```",
        _options(command, ctx),
    ]
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            parts += _parts(command.commands[name], ctx)
    return parts


def _options(command: click.Command, ctx: click.Context) -> str:
    records = command.option_records(ctx) if isinstance(command, Translated) else []
    rows = [f"| `{names.replace('|', BAR)}` | {text} |" for names, text in records]
    return "\n".join([f"| {say('cli_options')} | |", "|---|---|", *rows])


def main() -> None:
    """Write the pages of all languages."""
    root = Path(__file__).resolve().parents[1]
    for lang, name in PAGES.items():
        page = root / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_bytes(cli_markdown(lang).encode("utf-8"))


if __name__ == "__main__":
    main()
