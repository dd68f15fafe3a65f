"""The command line ``servicecircle``: the commands, the language, exit statuses."""

from __future__ import annotations

import signal
import sys
import traceback
from types import TracebackType

import click

from api.cli_check import check
from api.cli_click import Group, Option, common_options, language_of, usage_text
from api.cli_compare import compare
from api.cli_explain import explain
from api.cli_fetch import fetch
from api.cli_isochrones import isochrones
from api.cli_links import links
from api.cli_manual import manual
from api.cli_new import new
from api.cli_register import keys, register
from api.cli_report import report
from api.cli_run import map_, run
from api.cli_sensitivity import sensitivity
from api.cli_serve import serve
from api.cli_sites import sites
from api.cli_whatif import what_if
from geo.errors import ServiceCircleError
from geo.messages import say, set_language

DONE, BAD_INPUT, INTERRUPTED = 0, 2, 130  # 1: a fault of ours, 3: see `cli_run`
_HELP = {"help_option_names": ["--help", "-h"]}


@click.group(cls=Group, help="cli_help_all", context_settings=_HELP)
@common_options
@click.version_option(
    package_name="servicecircle", cls=Option, help="cli_version", message="%(version)s"
)
def servicecircle() -> None:
    """Hold the commands; each group of them has a module of its own."""


for _command in (
    new,
    fetch,
    check,
    run,
    isochrones,
    explain,
    links,
    map_,
    report,
    sensitivity,
    sites,
    what_if,
    compare,
    serve,
    register,
    keys,
    manual,
):
    servicecircle.add_command(_command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its status."""
    for stream in (sys.stdout, sys.stderr):
        # A Chinese Windows console is cp936: what it cannot show must not end the run.
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    words = sys.argv[1:] if arguments is None else arguments
    chosen = language_of(words)
    if chosen:
        set_language(chosen)
    signal.signal(signal.SIGTERM, _terminated)
    sys.excepthook = _report_fault  # all that `_status` lets pass is a fault of ours; status 1
    sys.exit(_status(words))


def _status(words: list[str]) -> int:
    try:
        status = servicecircle.main(words, prog_name="servicecircle", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        _complain(error.format_message())
        return BAD_INPUT
    except click.ClickException as error:
        _complain(usage_text(error))
        return BAD_INPUT
    except ServiceCircleError as error:
        if "--debug" in words:
            traceback.print_exc()
        _complain(say("cli_refused", {"text": error}))
        return BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        _complain(say("cli_interrupted"))
        return INTERRUPTED
    return status if isinstance(status, int) else DONE


def _complain(text: str) -> None:
    click.echo(text, err=True)


def _report_fault(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if "--debug" in sys.argv:
        traceback.print_exception(kind, error, trace)
    _complain(say("cli_our_fault", {"kind": kind.__name__, "text": error}))


def _terminated(*_: object) -> None:
    # so that a half-written result is cleared away as after Ctrl+C
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
