"""The planner's page: the briefing map with the desk around it, and the door where a key is asked for."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from jinja2 import Environment

from geo.errors import InputError, fault
from geo.messages import catalogue
from geo.tables import header
from maps.offline import POLICY, script_tag

SCRIPTS = (
    "planner_api.js", "planner_forms.js", "planner_desk.js", "planner_pick.js", "planner_live.js", "planner_links.js",
    "planner_trial.js", "planner_jobs.js", "planner_plans.js", "planner_sites.js", "planner_sites_result.js",
    "planner_stale.js", "planner_register.js", "planner_station.js", "planner_place.js", "planner_studies.js",
    "planner_quality.js", "planner_start.js",
)  # fmt: skip
_PREFIX, _INPUT = "planner_", "map_input_"
_HEAD, _END = "</head>\n<body>", "</body>\n</html>"
_COLUMNS = (
    "station_id", "name", "tier", "status", "subdistrict_name", "community_name", "subdistrict_code", "community_code",
    "address", "lon", "lat", "coordinate_source", "host_kind", "host_building_ids", "served_building_ids", "floor",
    "area_m2", "access_scope", "opening_hours", "booking_required", "opened_on", "closed_on", "exemplary",
    "programmes", "co_located", "operator", "source", "source_date", "remarks",
)  # fmt: skip


def planner_page(page: str) -> str:
    """Put the planner's desk around a briefing map; its words are in the language of the map.

    Parameters
    ----------
    page
        What `maps.briefing.build_map` made.

    Raises
    ------
    InputError
        When it is something else.
    """
    if page.count(POLICY) != 1 or _HEAD not in page or not page.rstrip().endswith(_END):
        raise InputError(fault("planner_no_map"))
    lang = "en" if '<html lang="en">' in page[:200] else "zh"
    # the page may now speak to the service it came from, and to nobody else
    page = page.replace(POLICY, f"{POLICY}; connect-src 'self'", 1)
    head, body = page.split(_HEAD, 1)
    body, end = body.rsplit(_END, 1)
    return f"{head}{_desk()}{_HEAD}{body}{_told(lang)}{_start()}{_END}{end}"


def door_page(lang: str) -> str:
    """Return the page that asks for a key and then shows the planner's page; nothing of the study is in it."""
    template = Environment(autoescape=True).from_string(_asset("planner_door.html"))
    return template.render(
        lang="zh-CN" if lang == "zh" else "en",
        t=planner_texts(lang),
        style=_asset("planner_door.css"),
        script=script_tag(_asset("planner_door.js")),
    )


def planner_texts(lang: str) -> dict[str, str]:
    """Return the sentences of the desk, without their prefix, placeholders left for the page."""
    return _texts(_PREFIX, lang)


def _texts(prefix: str, lang: str) -> dict[str, str]:
    return {
        code.removeprefix(prefix): entry[lang]
        for code, entry in sorted(catalogue().items())
        if code.startswith(prefix)
    }


@cache
def _desk() -> str:
    scripts = "\n".join(script_tag(_asset(name)) for name in SCRIPTS)
    return f"<style>{_asset('planner.css')}</style>\n{scripts}\n"


def _start() -> str:
    return script_tag("if (window.ServiceCircle.startPlanner) ServiceCircle.startPlanner();") + "\n"


def _told(lang: str) -> str:
    """Words as JSON that no script tag in them can end."""
    words = {f"input_{kind}": text for kind, text in _texts(_INPUT, lang).items()}
    told = {
        "texts": planner_texts(lang),
        "columns": {one: header(one, lang) for one in _COLUMNS},
        "words": words,
    }
    text = json.dumps(told, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")
    return f'<script type="application/json" id="pl-told">{text}</script>\n'


def _asset(name: str) -> str:
    return files("maps").joinpath("assets", name).read_text(encoding="utf-8")
