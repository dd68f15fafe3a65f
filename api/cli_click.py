"""Click in the language of the run: help pages, usage errors with the nearest name suggested."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

import click

from geo.messages import LANGUAGES, catalogue, say, set_language


def said(code: str | None) -> str:
    """Say a catalogue code; anything else stays as it is."""
    return say(code) if code and code in catalogue() else code or ""


class Option(click.Option):
    """An option whose help is a catalogue code."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return names and translated help."""
        record = super().get_help_record(ctx)
        return record and (record[0], said(self.help))


class Translated(click.Command):
    """What commands and groups share: every word from the catalogue."""

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return the parts of the usage line, click's own words translated."""
        words = {"[OPTIONS]": "cli_usage_options", "COMMAND [ARGS]...": "cli_usage_command"}
        return [said(words.get(piece, piece)) for piece in super().collect_usage_pieces(ctx)]

    def option_records(self, ctx: click.Context) -> list[tuple[str, str]]:
        """Return names and translated help of the options."""
        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        return [record for one in options if (record := one.get_help_record(ctx))]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage line."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=say("cli_usage") + " ")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write what the command is for, with its example."""
        formatter.write_paragraph()
        with formatter.indentation():
            for line in said(self.help).splitlines():
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options."""
        with formatter.section(say("cli_options")):
            formatter.write_dl(self.option_records(ctx))
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)

    def get_short_help_str(self, limit: int = 60) -> str:  # noqa: ARG002
        """Return the first line of the help."""
        return said(self.help).splitlines()[0]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return ``--help`` with translated help."""
        option = super().get_help_option(ctx)
        return option and Option(
            option.opts,
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=option.callback,
            help="cli_help",
        )


class Command(Translated):
    """A command that speaks the language of the run."""


class Group(Translated, click.Group):
    """A group that speaks the language of the run and suggests the nearest command."""

    command_class = Command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, each with one line."""
        rows = [
            (name, self.commands[name].get_short_help_str()) for name in self.list_commands(ctx)
        ]
        with formatter.section(say("cli_commands")):
            formatter.write_dl(rows)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """List the commands in the order of work."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command.

        Raises
        ------
        click.UsageError
            Naming the nearest command.
        """
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            near, names = _nearest(name, self.commands), "、".join(self.commands)
            raise click.UsageError(
                say("cli_no_command", {"name": name, "nearest": near, "names": names}), ctx
            )
        return super().resolve_command(ctx, args)


def usage_text(error: click.ClickException) -> str:
    """Say a usage error of click in the language of the run."""
    ctx = getattr(error, "ctx", None)
    if isinstance(error, click.NoSuchOption):
        names = [name for param in ctx.command.params for name in param.opts] if ctx else []
        near = _nearest(error.option_name, [*names, "--help"])
        text = say("cli_no_option", {"name": error.option_name, "nearest": near})
    elif isinstance(error, click.MissingParameter):
        text = say("cli_missing", {"name": _name(error.param)})
    elif isinstance(error, click.BadParameter):
        text = say("cli_bad_value", {"name": _name(error.param), "why": _reason(error)})
    elif isinstance(error, click.BadOptionUsage):
        text = say("cli_bad_option", {"name": error.option_name})
    elif isinstance(error, click.UsageError) and "unexpected extra argument" in error.message:
        extra = error.message.partition("(")[2].rstrip(")")
        text = say("cli_extra", {"name": extra})
    else:
        text = error.format_message()
    command = ctx.command_path if ctx else "servicecircle"
    return f"{text}\n{say('cli_see_help', {'command': command})}"


def language_of(arguments: Sequence[str]) -> str:
    """Find ``--lang`` wherever it stands, so that even a faulty call is answered in that language."""
    for place, word in enumerate(arguments):
        value = word.partition("=")[2] if word.startswith("--lang=") else ""
        if word == "--lang" and place + 1 < len(arguments):
            value = arguments[place + 1]
        if value in LANGUAGES:
            return value
    return ""


def common_options(command: Any) -> Any:
    """Let ``--lang`` and ``--debug`` stand after the command too."""
    for option in (
        click.option("--lang", cls=Option, type=click.Choice(LANGUAGES), help="cli_lang",
                     expose_value=False, callback=_choose_language),
        click.option("--debug", cls=Option, is_flag=True, help="cli_debug", expose_value=False),
    ):  # fmt: skip
        command = option(command)
    return command


def _choose_language(_ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value:
        set_language(value)


def _name(param: click.Parameter | None) -> str:
    if param is None:
        return "—"
    return param.opts[0] if isinstance(param, click.Option) else param.human_readable_name


def _reason(error: click.BadParameter) -> str:
    kind = error.param.type if error.param is not None else None
    if isinstance(kind, click.Choice):
        return say("cli_choices", {"allowed": _joined(kind.choices)})
    return error.message


def _nearest(name: str, names: Iterable[str]) -> str:
    # `geo.tables` knows this too, but would make every --help wait for pandas
    return (difflib.get_close_matches(name, list(names), n=1, cutoff=0.5) or ["—"])[0]


def _joined(words: Iterable[object]) -> str:
    return "、".join(str(word) for word in words)
