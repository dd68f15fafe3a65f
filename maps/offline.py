"""A folium map that needs nothing from anywhere: libraries inlined, no tiles, fixed element ids."""

from __future__ import annotations

import base64
import json
import mimetypes
import re
from collections import OrderedDict
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import folium
from branca.element import Element, Figure
from jinja2 import Template

from geo.errors import OutputError, fault

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:"
)
"""What the browser itself enforces: nothing is loaded, from anywhere."""

_NAMED_ONLY = (
    "http://www.w3.org/",  # XML namespaces are names, nobody opens them
    "https://leafletjs.com",  # inside Leaflet's attribution, which is switched off
)
_LOADING = frozenset(
    [
        "src", "href", "srcset", "poster", "data", "background", "xlink:href", "action", "formaction",
        "manifest", "ping",
    ]
)  # fmt: skip
_JS_URL = re.compile(r"""["'`=(]((?:https?:|wss?:)?//[\w-]+\.[^"'`\s)<>]*)""")
_JS_LOAD = re.compile(
    r"""\b(?:fetch|importScripts|import|EventSource|WebSocket|Worker|sendBeacon)\s*\(\s*["'`]"""
    r"""(?!data:|blob:)([^"'`]*)"""
)
_CSS_URL = re.compile(r"""url\(\s*["']?(?!data:|#)([^"')]+)|@import\s+([^;]+)""", re.IGNORECASE)


class Raw(Element):
    """Text written as it stands: braces in it are never read as a template."""

    _template = Template("{{ this.text }}")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class OfflineFigure(Figure):
    """The page around a map: language, policy and title first, scripts inside the body."""

    _template = Template(
        '<!DOCTYPE html>\n<html lang="{{ this.lang }}">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="{{ this.policy }}">\n'
        "<title>{{ this.title|e }}</title>\n{{ this.header.render(**kwargs) }}\n</head>\n<body>\n"
        "{{ this.html.render(**kwargs) }}\n<script>\n{{ this.script.render(**kwargs) }}\n"
        "{{ this.closing.render(**kwargs) }}\n</script>\n</body>\n</html>\n"
    )

    def __init__(self, title: str, lang: str) -> None:
        super().__init__(title=title)
        self.lang = lang
        self.policy = POLICY
        self.closing = Element()
        self.closing._parent = self
        self.header._children.clear()


class OfflineMap(folium.Map):
    """A ``folium.Map`` in one file: Leaflet inlined, tiles off, byte-identical on every run.

    Parameters
    ----------
    location
        Latitude and longitude of the centre.
    title, lang
        Of the page.
    **options
        As for ``folium.Map`` and Leaflet's own map.
    """

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - folium reads class lists
    default_css: list[tuple[str, str]] = []  # noqa: RUF012

    def __init__(
        self,
        location: tuple[float, float] = (0.0, 0.0),
        *,
        title: str = "",
        lang: str = "zh-CN",
        **options: Any,
    ) -> None:
        options.setdefault("tiles", None)
        options.setdefault("attribution_control", False)
        super().__init__(location=location, **options)
        self.figure = OfflineFigure(title, lang)
        self.figure.add_child(self)
        self._id, self._pinned, self.pinned = "0", 0, True
        self.add_raw("header", leaflet_inline())

    def add_raw(self, where: str, text: str) -> None:
        """Write `text` as it is into ``header``, ``html`` (the body) or ``closing`` (code run last)."""
        place: Element = getattr(self.figure, where)
        place.add_child(Raw(text))

    def html(self) -> str:
        """Return the whole page.

        Raises
        ------
        OutputError
            When anything in it would be fetched from outside.
        """
        self._pin(self.figure)
        page: str = self.figure.render()
        refuse_external(page)
        return page

    def _pin(self, element: Element) -> None:
        """Number everything below `element`; templates print ids, and the keys of children too."""
        for child in [*_held(element), *element._children.values()]:
            if not getattr(child, "pinned", False):
                old, self._pinned = child.get_name(), self._pinned + 1
                child._id, child.pinned = f"{self._pinned:04d}", True
                renamed = (
                    (child.get_name() if key == old else key, one)
                    for key, one in element._children.items()
                )
                element._children = OrderedDict(renamed)
            self._pin(child)


def refuse_external(page: str) -> None:
    """Check that a page fetches nothing: no script, style, picture, frame, font or request.

    Raises
    ------
    OutputError
        Naming the first references found.
    """
    reader = _References()
    reader.feed(page)
    reader.close()
    if reader.found:
        raise OutputError(fault("map_external_reference", found="、".join(reader.found[:5])))


class _References(HTMLParser):
    """Collect what a browser would fetch."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._inside = tag if tag in ("script", "style") else ""
        if tag == "script" and "javascript" not in values.get("type", "javascript"):
            self._inside = ""
        for name, value in values.items():
            target = value.strip()
            if name in _LOADING and target and not target.startswith(("data:", "#")):
                self.found.append(target)
        self._styles(values.get("style", ""))
        if "refresh" in values.get("http-equiv", "").lower():
            self.found.append(values.get("content", ""))

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser's signature
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self._styles(data)
        elif self._inside == "script":
            named = (match.group(1) for match in _JS_URL.finditer(data))
            self.found.extend(one for one in named if not one.startswith(_NAMED_ONLY))
            self.found.extend(match.group(1) for match in _JS_LOAD.finditer(data))

    def _styles(self, text: str) -> None:
        self.found.extend(first or second for first, second in _CSS_URL.findall(text))


@cache
def leaflet_inline() -> str:
    """Return Leaflet's script and style as text of one page."""
    folder = files("js_lib_leaflet").joinpath("static", "js_lib_leaflet")
    script = re.sub(r"//# sourceMappingURL=\S*", "", _text(folder.joinpath("leaflet.js")))
    images = folder.joinpath("images")
    icons = {
        option: data_uri(images.joinpath(name))
        for option, name in (
            ("iconUrl", "marker-icon.png"),
            ("iconRetinaUrl", "marker-icon-2x.png"),
            ("shadowUrl", "marker-shadow.png"),
        )
    }
    # Folium's popups ask jQuery for one thing: the first element of a piece of HTML.
    shim = (
        "window.$=window.$||function(h){var t=document.createElement('template');"
        "t.innerHTML=h.trim();return [t.content.firstChild]};"
    )
    defaults = (
        "delete L.Icon.Default.prototype._getIconUrl;"
        f"L.Icon.Default.mergeOptions({json.dumps(icons)});{shim}"
    )
    return (
        f"<style>{_style_inline(folder.joinpath('leaflet.css'), folder)}</style>\n"
        f"{script_tag(script)}\n{script_tag(defaults)}"
    )


def script_tag(code: str) -> str:
    """Wrap code so that nothing in it can end the script element early."""
    safe = re.sub(r"</(script)", r"<\\/\1", code, flags=re.IGNORECASE).replace("<!--", "<\\!--")
    return f"<script>\n{safe.strip()}\n</script>"


def data_uri(file: Traversable) -> str:
    """Return a file as a ``data:`` address."""
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode('ascii')}"


def _style_inline(file: Traversable, folder: Traversable) -> str:
    def inline(match: re.Match[str]) -> str:
        target = match.group(1).strip("'\" ")
        if target.startswith(("data:", "#")):
            return match.group(0)
        return f"url({data_uri(folder.joinpath(*target.split('/')))})"

    return re.sub(r"url\(([^)]+)\)", inline, _text(file))


def _text(file: Traversable) -> str:
    return file.read_text(encoding="utf-8")


def _held(element: Element) -> list[Element]:
    """Return what an element holds beside its children, as a popup its own little page."""
    return [
        one for one in vars(element).values() if isinstance(one, Element) and one._parent is element
    ]
