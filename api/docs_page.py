"""``/docs``: the OpenAPI document as one page without scripts and without anything from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment

from geo.messages import language, say

_STYLE = """
body{font:16px/1.6 "Noto Sans CJK SC","Microsoft YaHei",sans-serif;color:#222;
max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{border-bottom:3px solid #CE1126}h2{margin-top:2.5rem;font-size:1.2rem}
code,pre{font-family:Consolas,Menlo,monospace;background:#f5f3ee}pre{padding:.6rem;overflow:auto}
table{border-collapse:collapse;width:100%}
td,th{border:1px solid #ccc;padding:.3rem .5rem;text-align:left;vertical-align:top}
.m{display:inline-block;min-width:3.5rem;
color:#fff;background:#8a1c1c;text-align:center;border-radius:3px;padding:0 .4rem}
"""
_PAGE = """<!doctype html>
<html lang="{{ lang }}"><head><meta charset="utf-8"><title>{{ title }}</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style>{{ style|safe }}</style></head><body>
<h1>{{ title }}</h1><p>{{ about }} <a href="openapi.json">openapi.json</a></p>
{% for one in operations %}<h2><span class="m">{{ one.method }}</span> <code>{{ one.path }}</code>
{{ one.summary }}</h2>
<p>{{ one.description }}</p>
{% if one.parameters %}<table><tr><th>{{ words.name }}</th><th>{{ words.type }}</th><th>{{ words.meaning }}</th></tr>
{% for row in one.parameters %}<tr><td><code>{{ row.name }}</code>{% if row.required %} *{% endif %}</td>
<td>{{ row.type }}</td><td>{{ row.description }}</td></tr>{% endfor %}</table>{% endif %}
{% if one.body %}<p>{{ words.body }}</p><pre>{{ one.body }}</pre>{% endif %}
<p>{{ words.statuses }} {{ one.statuses }}</p>{% endfor %}
</body></html>
"""


def docs_page(document: Mapping[str, Any]) -> tuple[str, str]:
    """Return the page and the content-security policy that it meets."""
    template = Environment(autoescape=True).from_string(_PAGE)
    html = template.render(
        lang="zh-CN" if language() == "zh" else "en",
        title=say("service_docs_title"),
        about=say("service_docs_about"),
        style=_STYLE,
        operations=_operations(document),
        words={
            key: say(f"service_docs_{key}")
            for key in ("name", "type", "meaning", "body", "statuses")
        },
    )
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return html, f"{policy}; frame-ancestors 'none'"


def _operations(document: Mapping[str, Any]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            found.append(
                {
                    "method": method.upper(),
                    "path": path,
                    "summary": one.get("summary", ""),
                    "description": one.get("description", ""),
                    "parameters": [_parameter(row) for row in one.get("parameters", ())],
                    "body": _body(document, one),
                    "statuses": "、".join(sorted(one.get("responses", {}))),
                }
            )
    return found


def _parameter(row: Mapping[str, Any]) -> dict[str, object]:
    schema = row.get("schema", {})
    return {
        "name": row["name"],
        "required": row.get("required", False),
        "type": _type(schema),
        "description": row.get("description", schema.get("description", "")),
    }


def _type(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        return " | ".join(_type(one) for one in schema["anyOf"] if one.get("type") != "null")
    if schema.get("type") == "array":
        return f"{_type(schema.get('items', {}))} …"
    return str(schema.get("type", "")) or "—"


def _body(document: Mapping[str, Any], operation: Mapping[str, Any]) -> str:
    """Show what is sent: the example, else one made of the schema's examples and defaults."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    if not content:
        return ""
    example = content.get("example")
    if example is None:
        example = _example(document, content.get("schema", {}))
    return json.dumps(example, ensure_ascii=False, indent=1)


def _example(document: Mapping[str, Any], schema: Mapping[str, Any]) -> object:
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return _example(document, document["components"]["schemas"][name])
    if schema.get("examples"):
        return schema["examples"][0]
    if "default" in schema:
        return schema["default"]
    if schema.get("type") == "object":
        fields = schema.get("properties", {})
        return {key: _example(document, one) for key, one in fields.items()}
    if schema.get("type") == "array":
        return [_example(document, schema.get("items", {}))]
    return None
