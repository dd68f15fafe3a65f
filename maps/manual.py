"""The manual for planners: its Markdown, with the program's own sentences filled in, as one HTML file."""

from __future__ import annotations

import re
import shlex
from base64 import b64encode
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from html import escape
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from jinja2 import Environment, select_autoescape
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from geo.messages import say
from maps.theme import COLOURS

Rows = Sequence[Sequence[str]]
"""A table: the row of headers, then the others."""

COMMANDS, SENTENCES, OUTPUT, TABLE = "命令", "提示", "输出", "表"
"""What a fenced block holds: lines to type, codes of the catalogue, what a command printed, a table of the program."""

NARROW = "窄"
"""Title of a picture that is taller than wide."""

_SOURCE_FOLDER = Path(__file__).resolve().parents[1] / "docs" / "zh" / "使用手册"
_TEXT = "使用手册.md"
_PROGRAM = "servicecircle"
_INLINE = re.compile(r"\{\{([a-z][a-z0-9_]*)((?:\s+\w+=(?:\"[^\"]*\"|[^\s}]+))*)\}\}")
_MARKS = re.compile(r"([\\`*_\[\]<>#|])")
_PICTURE_TYPES = {".webp": "image/webp", ".png": "image/png"}


def manual_folder() -> Path:
    """Return the folder of the manual: of the checkout, or of the installed package."""
    if _SOURCE_FOLDER.is_dir():
        return _SOURCE_FOLDER
    return Path(str(files("maps").joinpath("manual_source")))


def manual_source() -> str:
    """Read the Markdown of the manual."""
    return (manual_folder() / _TEXT).read_text(encoding="utf-8")


def manual_html(tables: Mapping[str, Rows] | None = None, source: str | None = None) -> str:
    """Lay the manual out as HTML with everything in it.

    Parameters
    ----------
    tables
        Tables that the text asks for by name.
    source
        Markdown in place of the manual's own.

    Raises
    ------
    KeyError
        When the text names a sentence, or a table, that is not there.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("image", _picture)
    text = _INLINE.sub(_inline, manual_source() if source is None else source)
    marks: MutableMapping[str, Any] = {"tables": dict(tables or {})}
    tokens = parser.parse(text, marks)
    chapters = list(_numbered(tokens))
    environment = Environment(autoescape=select_autoescape(default=True), trim_blocks=True)
    return environment.from_string(_asset("manual.html")).render(
        body=parser.renderer.render(tokens, parser.options, marks),
        chapters=chapters,
        title=next((title for level, _, title in _headings(tokens) if level == "h1"), ""),
        style=_asset("manual.css"),
        colours=COLOURS,
        label=say("map_simulated", lang="zh"),
    )


def command_lines(source: str) -> list[str]:
    """Return every line the manual tells its reader to type, in its order, each once: blocks first, then the text."""
    lines = [
        line.strip()
        for token in _fences(source)
        if token.info.strip() == COMMANDS
        for line in token.content.splitlines()
    ]
    lines += inline_code(source)
    return list(dict.fromkeys(line for line in lines if line.startswith(_PROGRAM + " ")))


def inline_code(source: str) -> list[str]:
    """Return what the running text and its tables set as code."""
    tokens = MarkdownIt("commonmark").enable("table").parse(source)
    children = [child for token in tokens for child in token.children or ()]
    return [child.content for child in children if child.type == "code_inline"]


def quoted_codes(source: str) -> list[str]:
    """Return the codes of all sentences the manual quotes, sorted."""
    codes = {found.group(1) for found in _INLINE.finditer(source)}
    for token in _fences(source):
        if token.info.strip() == SENTENCES:
            codes |= {_quoted(line)[0] for line in token.content.splitlines() if line.strip()}
    return sorted(codes)


def named_blocks(source: str, kind: str) -> dict[str, str]:
    """Return the fenced blocks whose first word is `kind` by the name that follows (```` ```toml 方案.toml ````)."""
    words = [(token.info.split(maxsplit=1), token.content) for token in _fences(source)]
    return {info[1]: content for info, content in words if len(info) == 2 and info[0] == kind}


def pictures_in(source: str) -> list[str]:
    """Return the pictures the manual shows, as written, in its order."""
    inlines = [token for token in MarkdownIt("commonmark").parse(source) if token.children]
    return [
        unquote(str(child.attrs["src"]))
        for token in inlines
        for child in token.children or ()
        if child.type == "image"
    ]


def outputs_in(source: str) -> list[str]:
    """Return the names of the recorded outputs the manual shows."""
    return [token.content.strip() for token in _fences(source) if token.info.strip() == OUTPUT]


def _fences(source: str) -> list[Token]:
    return [token for token in MarkdownIt("commonmark").parse(source) if token.type == "fence"]


def _inline(found: re.Match[str]) -> str:
    sentence = say(found.group(1), _values(found.group(2)), "zh").replace("\n", " ")
    return _MARKS.sub(r"\\\1", sentence)


def _values(text: str) -> dict[str, object]:
    pairs = (word.partition("=") for word in shlex.split(text))
    return {name: value for name, _, value in pairs}


def _quoted(line: str) -> tuple[str, dict[str, object], str]:
    """Split a line of a block of sentences: code and its values, what we say about it."""
    sentence, _, remark = line.partition(" | ")
    code, _, values = sentence.strip().partition(" ")
    return code, _values(values), remark.strip()


def _headings(tokens: Sequence[Token]) -> Iterator[tuple[str, Token, str]]:
    for token, after in pairwise(tokens):
        if token.type == "heading_open":
            yield token.tag, token, after.content


def _numbered(tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """Give every chapter an anchor; yields (anchor, title)."""
    chapters = [(token, title) for level, token, title in _headings(tokens) if level == "h2"]
    for number, (token, title) in enumerate(chapters, 1):
        anchor = f"c{number}"
        token.attrSet("id", anchor)
        yield anchor, title


def _picture(
    self: RendererHTML,  # noqa: ARG001
    tokens: Sequence[Token],
    place: int,
    options: Any,  # noqa: ARG001
    env: MutableMapping[str, Any],  # noqa: ARG001
) -> str:
    token = tokens[place]
    path = manual_folder() / unquote(str(token.attrs["src"]))
    data = b64encode(path.read_bytes()).decode("ascii")
    caption = escape(token.content)
    narrow = " narrow" if token.attrs.get("title") == NARROW else ""
    return (
        f'<span class="picture{narrow}"><img alt="{caption}" src="data:{_PICTURE_TYPES[path.suffix]};base64,{data}">'
        f'<span class="caption">{caption}</span></span>'
    )


def _fence(
    self: RendererHTML,  # noqa: ARG001
    tokens: Sequence[Token],
    place: int,
    options: Any,  # noqa: ARG001
    env: MutableMapping[str, Any],
) -> str:
    kind, content = tokens[place].info.strip(), tokens[place].content
    if kind == SENTENCES:
        return _sentences(content)
    if kind == OUTPUT:
        text = (manual_folder() / OUTPUT / f"{content.strip()}.txt").read_text(encoding="utf-8")
        label = f'<span class="name">{escape(say("map_simulated", lang="zh"))}</span>'
        return f'<pre class="output">{label}{escape(text)}</pre>\n'
    if kind == TABLE:
        return _table(env["tables"][content.strip()])
    word = {COMMANDS: "command"}.get(kind, "file")
    name = kind.split(maxsplit=1)[1] if word == "file" and " " in kind else ""
    label = f'<span class="name">{escape(name)}</span>' if name else ""
    return f'<pre class="{word}">{label}{escape(content.rstrip())}</pre>\n'


def _sentences(content: str) -> str:
    rows = []
    for line in content.splitlines():
        if line.strip():
            code, values, remark = _quoted(line)
            said = escape(say(code, values, "zh")).replace("\n", "<br>")
            rows.append(f"<tr><td>{said}</td><td>{escape(remark)}</td></tr>")
    head = "<thead><tr><th>程序这样说</th><th>意思和办法</th></tr></thead>"
    return f'<table class="said">{head}<tbody>{"".join(rows)}</tbody></table>\n'


def _table(rows: Rows) -> str:
    def line(row: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row) + "</tr>"

    body = "".join(line(row, "td") for row in rows[1:])
    return f"<table><thead>{line(rows[0], 'th')}</thead><tbody>{body}</tbody></table>\n"


def _asset(name: str) -> str:
    return files("maps").joinpath("assets", name).read_text(encoding="utf-8")
