"""``quality.html``: what was read, what was set aside, what must be looked at; and its JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

import pandas as pd

from geo.errors import Fault
from geo.messages import language, say
from geo.params import StudyParams
from geo.plain_json import plain
from geo.result import QualityReport
from geo.tables import REJECT_COLUMNS, header
from geo.words import word

_SEVERITIES = {
    "error": "quality_errors",
    "warning": "quality_warnings",
    "info": "quality_infos",
}
_REJECTS_SHOWN = 500
_STYLE = """
body{font:15px/1.7 "Noto Sans SC","Microsoft YaHei","PingFang SC",sans-serif;color:#20242b;
margin:0 auto;max-width:1080px;padding:24px}
h1{font-size:24px;border-bottom:3px solid #ce1126;padding-bottom:8px}h2{font-size:18px;margin-top:28px}
table{border-collapse:collapse;width:100%;font-size:14px}th,td{border:1px solid #d8d8d8;
padding:4px 8px;text-align:left;vertical-align:top;overflow-wrap:break-word}
td:first-child,th:first-child{white-space:nowrap}th{background:#f4f2ed}
li{margin:4px 0}.error{color:#ce1126}.warning{color:#8a5a00}.info{color:#445}
.note{color:#667080;font-size:13px}.simulated{background:#fff3cd;border:1px solid #d4af37;
padding:8px 12px;font-weight:bold}@media print{body{padding:0}}
"""


def quality_to_plain(quality: QualityReport) -> dict[str, object]:
    """Return the report as JSON values, every finding with its sentence."""
    return {
        "inputs": plain(list(quality.inputs)),
        "counts": plain(quality.counts),
        "isochrone_audit": plain(quality.audit),
        "findings": [
            {
                "code": one.code,
                "severity": one.severity,
                "text": one.text(),
                "params": plain(one.params),
            }
            for one in quality.faults
        ],
    }


def quality_from_plain(content: Mapping[str, object]) -> QualityReport:
    """Build the report from what `quality_to_plain` returned."""
    inputs, counts, findings = content["inputs"], content["counts"], content["findings"]
    audit = content.get("isochrone_audit", {})
    return QualityReport(
        inputs=inputs if isinstance(inputs, list) else [],
        faults=[
            Fault(one["code"], one["params"], one["severity"])
            for one in (findings if isinstance(findings, list) else [])
        ],
        counts=counts if isinstance(counts, Mapping) else {},
        audit=audit if isinstance(audit, Mapping) else {},
    )


def quality_page(params: StudyParams, quality: QualityReport, rejects: pd.DataFrame) -> str:
    """Write the page; every text of an input is escaped."""
    title = say("quality_title", {"study": params.name})
    parts = [
        "<!doctype html>",
        f'<html lang="{"zh-CN" if language() == "zh" else "en"}"><head><meta charset="utf-8">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<p class=simulated>{escape(say('map_simulated'))}</p>" * params.output.simulated,
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(_opening(params, quality, rejects))}</p>",
        *_findings(quality.faults),
        *_inputs(quality.inputs),
        *_rejects(rejects),
        *_section("quality_counts", _table(_flat(quality.counts))),
        f"<p class=note>{escape(say('map_internal'))}</p></body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _opening(params: StudyParams, quality: QualityReport, rejects: pd.DataFrame) -> str:
    severities = [one.severity for one in quality.faults]
    return say(
        "quality_opening",
        {
            "as_of": params.as_of.isoformat(),
            "errors": severities.count("error"),
            "warnings": severities.count("warning"),
            "infos": severities.count("info"),
            "rejects": len(rejects),
        },
    )


def _findings(faults: Sequence[Fault]) -> Iterable[str]:
    for severity, code in _SEVERITIES.items():
        texts = [one.text() for one in faults if one.severity == severity]
        if texts:
            items = "".join(f"<li>{escape(text)}</li>" for text in texts)
            yield from _section(code, f"<ul class={severity}>{items}</ul>")


def _inputs(inputs: Sequence[Mapping[str, object]]) -> Iterable[str]:
    # hashes stand in the manifest; the mapping of columns is too long for a row
    brief = [
        {name: value for name, value in row.items() if name not in ("sha256", "columns")}
        for row in inputs
    ]
    mapped = [
        {name: row.get(name) for name in ("input", "file", "columns")}
        for row in inputs
        if row.get("columns")
    ]
    yield from _section("quality_inputs", _table(brief))
    yield from _section("quality_columns", _table(mapped))


def _section(code: str, body: str) -> Iterable[str]:
    return [f"<h2>{escape(say(code))}</h2>", body] if body else []


def _rejects(rejects: pd.DataFrame) -> Iterable[str]:
    if not len(rejects):
        return []
    columns = [name for name in REJECT_COLUMNS if name in rejects.columns]
    shown = rejects[columns].head(_REJECTS_SHOWN)
    rows = [dict(zip(columns, row, strict=True)) for row in shown.itertuples(index=False)]
    body = _table(rows)
    if len(rejects) > _REJECTS_SHOWN:
        note = say("quality_rejects_more", {"shown": _REJECTS_SHOWN, "count": len(rejects)})
        body += f"<p class=note>{escape(note)}</p>"
    return _section("quality_rejects", body)


def _flat(counts: Mapping[str, object], before: str = "") -> list[Mapping[str, object]]:
    rows: list[Mapping[str, object]] = []
    for name, value in counts.items():
        label = f"{before}{header(str(name), language())}"
        if isinstance(value, Mapping):
            rows += _flat(value, f"{label} · ")
        else:
            rows.append({"item": label, "value": value})
    return rows


def _table(rows: Sequence[Mapping[str, object]]) -> str:
    if not rows:
        return ""
    told = [name for row in rows for name, value in row.items() if value not in (None, "")]
    names = list(dict.fromkeys(told))
    heads = "".join(f"<th>{escape(header(name, language()))}</th>" for name in names)
    body = "".join(
        "<tr>"
        + "".join(f"<td>{escape(_cell(word(name, row.get(name))))}</td>" for name in names)
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, Mapping):
        pairs = [f"{header(str(key), language())} ← {_cell(one)}" for key, one in value.items()]
        return "；".join(pairs)
    if isinstance(value, list):
        return "、".join(_cell(one) for one in value)
    if isinstance(value, bool):
        return say("word_yes") if value else say("word_no")
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)
