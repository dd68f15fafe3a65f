"""``quality.html``: what was read, what was set aside, what must be looked at; and its JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

import pandas as pd

from geo.errors import Fault
from geo.messages import catalogue, language, say
from geo.params import StudyParams
from geo.plain_json import plain
from geo.quality_figures import (
    cover_figures,
    field_figures,
    filled_figures,
    part,
    piece_figures,
    snapping_figures,
    table,
)
from geo.quality_topics import TOPICS, advice_of, topic_of
from geo.result import QualityReport
from geo.tables import REJECT_COLUMNS, header

_SEVERITIES = ("error", "warning", "info")
_REJECTS_SHOWN = 500
_IN_FIGURES = (
    "levels_filled",
    "people_spread",
    "network_islands",
)  # the section says as much itself
_WITH_FIGURES = ("rejects", "crs", "repairs", "snapping", "islands", "cover", "filled")
_STYLE = """
:root{--red:#ce1126;--gold:#d4af37;--ink:#20242b;--soft:#667080;--line:#e4e1da;--paper:#faf9f6}
*{box-sizing:border-box}body{font:15px/1.7 "Noto Sans SC","Microsoft YaHei","PingFang SC",sans-serif;
color:var(--ink);background:var(--paper);margin:0}main{max-width:1080px;margin:0 auto;padding:28px 24px 48px}
h1{font-size:26px;line-height:1.35;margin:0 0 4px}header{border-bottom:3px solid var(--red);padding-bottom:12px}
header p{margin:0;color:var(--soft)}h2{font-size:19px;margin:36px 0 10px;padding-left:10px;
border-left:4px solid var(--red);line-height:1.3}h3{font-size:15px;margin:16px 0 6px}
.tiles{display:flex;gap:12px;margin:18px 0 8px;flex-wrap:wrap}.tiles div{flex:1 1 130px;background:#fff;
border:1px solid var(--line);border-top:3px solid #9aa2ae;border-radius:6px;padding:10px 14px}
.tiles b{display:block;font-size:27px;line-height:1.2;font-variant-numeric:tabular-nums}
.tiles span{color:var(--soft);font-size:13px}.tiles .error{border-top-color:var(--red)}
.tiles .warning{border-top-color:var(--gold)}.tiles .error b{color:var(--red)}.tiles .warning b{color:#8a5a00}
.found{background:#fff;border:1px solid var(--line);border-left:4px solid #9aa2ae;border-radius:6px;
padding:8px 14px;margin:8px 0;break-inside:avoid}.found.error{border-left-color:var(--red)}
.found.warning{border-left-color:var(--gold)}.found p{margin:0}.do{color:#1d5b3a}
.notes{margin:8px 0;padding-left:1.3em;font-size:14px}.notes li{margin:3px 0}
.chip{display:inline-block;font-size:12px;line-height:1.6;border-radius:3px;padding:0 7px;margin-right:8px;
background:#eceef1;color:#3d4653;text-decoration:none}.error .chip.grave{background:var(--red);color:#fff}
.warning .chip.grave{background:#fbeec2;color:#6d4700}
table{border-collapse:collapse;width:100%;font-size:14px;background:#fff;margin:8px 0}
th,td{border:1px solid var(--line);padding:4px 9px;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{background:#f1eee7;white-space:nowrap}td:first-child{white-space:nowrap}
td.figure,th.figure{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.pair{display:flex;gap:20px;flex-wrap:wrap}.pair>div{flex:1 1 420px;min-width:0}figure{margin:0;background:#fff;
border:1px solid var(--line);border-radius:6px;padding:8px 12px}figcaption{font-size:14px;font-weight:bold}
svg{display:block;width:100%;height:auto;font-size:10.5px}svg .bar{fill:#5b7a99}svg .axis{stroke:#9aa2ae}
svg text{text-anchor:middle;fill:#3d4653}svg .tick,svg .label{fill:#667080}
.hbar{display:grid;grid-template-columns:9em 1fr 15em;gap:10px;align-items:center;font-size:14px}
.hbar i{background:#eceef1;height:11px;border-radius:3px;overflow:hidden}.hbar b{display:block;height:100%;
background:#5b7a99}.hbar em{font-style:normal;color:var(--soft)}.good{color:#1d5b3a}
.note,details{color:var(--soft);font-size:13px}summary{cursor:pointer}footer{margin-top:36px;color:var(--soft);font-size:13px;
border-top:1px solid var(--line);padding-top:8px}.simulated{background:#fff3cd;border:1px solid var(--gold);
padding:8px 12px;font-weight:bold;border-radius:4px;margin:0 0 16px}
@media print{body{background:#fff;font-size:12px}main{padding:0;max-width:none}h2{break-after:avoid}}
"""


def quality_to_plain(quality: QualityReport) -> dict[str, object]:
    """Return the report as JSON values, every finding with its sentence."""
    return {
        "inputs": plain(list(quality.inputs)),
        "counts": plain(quality.counts),
        "measures": plain(quality.measures),
        "isochrone_audit": plain(quality.audit),
        "findings": [
            {
                "code": one.code,
                "severity": one.severity,
                "text": one.text(),
                "advice": advice_of(one),
                "topic": topic_of(one.code),
                "params": plain(one.params),
            }
            for one in quality.faults
        ],
    }


def quality_from_plain(content: Mapping[str, object]) -> QualityReport:
    """Build the report from what `quality_to_plain` returned."""
    inputs, counts, findings = content["inputs"], content["counts"], content["findings"]
    audit, measures = content.get("isochrone_audit", {}), content.get("measures", {})
    return QualityReport(
        inputs=inputs if isinstance(inputs, list) else [],
        faults=[
            Fault(one["code"], one["params"], one["severity"])
            for one in (findings if isinstance(findings, list) else [])
        ],
        counts=counts if isinstance(counts, Mapping) else {},
        audit=audit if isinstance(audit, Mapping) else {},
        measures=measures if isinstance(measures, Mapping) else {},
    )


def quality_page(
    params: StudyParams,
    quality: QualityReport,
    rejects: pd.DataFrame,
    reject_files: Sequence[str] = (),
) -> str:
    """Write the page; every text of an input is escaped.

    Parameters
    ----------
    reject_files
        Names of the workbooks beside the page in which rows set aside may be corrected.
    """
    title = say("quality_title", {"study": params.name})
    parts = [
        "<!doctype html>",
        f'<html lang="{"zh-CN" if language() == "zh" else "en"}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>",
        f"<p class=simulated>{escape(say('map_simulated'))}</p>" * params.output.simulated,
        f"<header><h1>{escape(title)}</h1>",
        f"<p>{escape(_opening(params, quality, rejects))}</p></header>",
        _tiles(quality.faults, len(rejects)),
        *_to_do(quality),
        *_section("quality_inputs", _inputs(quality.inputs)),
        *_topics(quality, rejects, reject_files),
        *_section("quality_counts", table(_flat(quality.counts))),
        f"<footer>{escape(say('map_internal'))}</footer></main></body></html>",
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


def _tiles(faults: Sequence[Fault], rejects: int) -> str:
    severities: list[str] = [one.severity for one in faults]
    tiles = [(one, say(f"quality_{one}"), severities.count(one)) for one in _SEVERITIES]
    tiles.append(("error" if rejects else "", say("quality_rejects"), rejects))
    body = "".join(
        f'<div class="{kind if count else ""}"><b>{count:,}</b><span>{escape(label)}</span></div>'
        for kind, label, count in tiles
    )
    return f"<div class=tiles>{body}</div>"


def _to_do(quality: QualityReport) -> Iterable[str]:
    """List what needs a person, the gravest first, each with what to do."""
    grave = [one for one in quality.faults if one.severity != "info"]
    if not quality.measures and grave:
        yield f"<p class=note>{escape(say('quality_partial'))}</p>"
    cards = "".join(_card(one) for one in grave)
    nothing = f"<p class=good>{escape(say('quality_nothing_to_do'))}</p>"
    yield from _section("quality_to_do", cards or nothing)


def _card(one: Fault) -> str:
    topic = topic_of(one.code)
    grave, label = escape(say(f"quality_{one.severity}")), escape(say(f"quality_topic_{topic}"))
    return (
        f'<div class="found {one.severity}"><span class="chip grave">{grave}</span>'
        f'<a class=chip href="#{topic}">{label}</a><p>{_said(one)}</p></div>'
    )


def _topics(
    quality: QualityReport, rejects: pd.DataFrame, reject_files: Sequence[str]
) -> Iterable[str]:
    """Write a section a subject: its figures, then the notes; what must be done stands above."""
    for topic in TOPICS:
        own = [one for one in quality.faults if topic_of(one.code) == topic]
        figures = _figures(topic, quality, rejects, reject_files)
        notes = _notes(
            one
            for one in own
            if one.severity == "info" and not (figures and one.code in _IN_FIGURES)
        )
        if not (own or figures or topic in _WITH_FIGURES):
            continue
        yield f'<h2 id="{topic}">{escape(say(f"quality_topic_{topic}"))}</h2>'
        silent = "" if figures or notes else _silence(topic, own, quality)
        yield figures + notes + silent


def _notes(notes: Iterable[Fault]) -> str:
    items = "".join(f"<li>{_said(one)}</li>" for one in notes)
    return f"<ul class=notes>{items}</ul>" if items else ""


def _said(one: Fault) -> str:
    advice = advice_of(one)
    done = f"<br><span class=do>{escape(say('quality_advice', {'text': advice}))}</span>"
    return escape(one.text()).replace("\n", "<br>") + done * bool(advice)


def _silence(topic: str, own: Sequence[Fault], quality: QualityReport) -> str:
    if own:
        text = say("quality_see_above", {"count": len(own)})
    elif topic == "repairs" and quality.inputs:
        text = say("quality_repairs_none")
    elif topic == "rejects" and quality.inputs:
        text = say("quality_rejects_none")
    else:
        text = say("quality_not_measured")
    return f"<p class=note>{escape(text)}</p>"


def _figures(
    topic: str, quality: QualityReport, rejects: pd.DataFrame, reject_files: Sequence[str]
) -> str:
    measures = quality.measures
    if topic == "rejects":
        return _rejects(rejects, reject_files)
    if topic == "crs":
        return _systems(quality.inputs)
    if topic == "snapping":
        return snapping_figures(part(measures, "snapping"))
    if topic == "islands":
        return piece_figures(part(measures, "pieces"))
    if topic == "cover":
        return cover_figures(part(measures, "cover"))
    if topic == "filled":
        return filled_figures(part(measures, "filled"))
    return field_figures(part(measures, "field_check")) if topic == "field" else ""


def _inputs(inputs: Sequence[Mapping[str, object]]) -> str:
    # hashes stand in the manifest, coordinate systems in their own section
    names = ("input", "name", "file", "rows", "rows_kept", "rows_rejected", "values_rejected")
    brief = [{name: row.get(name) for name in names if name in row} for row in inputs]
    mapped = [
        {name: row.get(name) for name in ("input", "file", "columns")}
        for row in inputs
        if row.get("columns")
    ]
    body = table(brief)
    if mapped:
        title = escape(say("quality_columns"))
        body += f"<details><summary>{title}</summary>{table(mapped)}</details>"
    return body


def _systems(inputs: Sequence[Mapping[str, object]]) -> str:
    names = ("input", "name", "file", "crs", "crs_note")
    rows = [{name: row.get(name) for name in names} for row in inputs]
    return table([row for row in rows if row["crs"] or row["crs_note"]])


def _section(code: str, body: str) -> Iterable[str]:
    return [f"<h2>{escape(say(code))}</h2>", body] if body else []


def _rejects(rejects: pd.DataFrame, files: Sequence[str]) -> str:
    if not len(rejects):
        return ""
    columns = [name for name in REJECT_COLUMNS if name in rejects.columns]
    shown = rejects[columns].head(_REJECTS_SHOWN)
    rows = [dict(zip(columns, row, strict=True)) for row in shown.itertuples(index=False)]
    body = table(rows)
    if len(rejects) > _REJECTS_SHOWN:
        note = say("quality_rejects_more", {"shown": _REJECTS_SHOWN, "count": len(rejects)})
        body += f"<p class=note>{escape(note)}</p>"
    if files:
        said = escape(say("quality_rejects_files", {"files": "、".join(files)}))
        body = f"<p>{said}</p>{body}"
    return body


def _flat(counts: Mapping[str, object], before: str = "") -> list[Mapping[str, object]]:
    rows: list[Mapping[str, object]] = []
    for name, value in counts.items():
        code = f"quality_count_{name}"
        label = before + (say(code) if code in catalogue() else header(str(name), language()))
        if isinstance(value, Mapping):
            rows += _flat(value, f"{label} · ")
        else:
            rows.append({"item": label, "value": value})
    return rows
