"""One result as it is served: read, checked against its manifest, searched once, its page ready to send."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from geo.errors import NotFoundError, fault, raise_if_any

if TYPE_CHECKING:
    import pandas as pd
    from pyproj import Transformer
    from shapely import Geometry

    from api.ogc.layers import Layers
    from geo.field_grid import FieldGrid
    from geo.isochrone_points import Terrain
    from geo.point_verdicts import PointJudge
    from geo.point_ways import PointWays
    from geo.result import StudyResult
    from geo.scenario import Trial

MANIFEST, MAP = "manifest.json", "map.html"
_SCRIPT = re.compile(rb"<script([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)
_PAGE_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data: blob:; "
    "font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Page:
    """A page, plain and compressed.

    Attributes
    ----------
    tag
        Of the content, for ``ETag``.
    policy
        Content-security policy that lets exactly its own scripts run, and speak to this service only.
    scripts
        Hashes of these scripts, as the policy writes them.
    """

    plain: bytes
    gzipped: bytes
    tag: str
    policy: str
    scripts: tuple[str, ...]


@dataclass(frozen=True)
class Names:
    """Ids and names by row, as plain text; None for no name."""

    station_ids: list[str]
    building_ids: list[str]
    buildings: list[str | None]
    area_ids: list[str]
    areas: list[str | None]


@dataclass(frozen=True)
class Served:
    """A result that answers requests; never changed, only replaced by the next one.

    Attributes
    ----------
    stamp
        Hash of its manifest.
    hidden
        Places that are answered for nobody (the study's ``[exclude]``), metric CRS; None for none.
    ways
        By rule.
    names
        What rows of the judge are called.
    notices
        What must stand beside its figures, by language.
    """

    folder: Path
    stamp: str
    result: StudyResult
    judge: PointJudge
    terrain: Terrain
    ways: Mapping[str, PointWays]
    trial: Trial
    page: Page | None
    to_metric: Transformer | None
    hidden: Geometry | None
    names: Names
    notices: Mapping[str, tuple[str, ...]]

    @cached_property
    def layers(self) -> Layers:
        """Its layers as collections; made when first asked for."""
        from api.ogc.layers import layers_of

        return layers_of(self.result)

    @cached_property
    def lattice(self) -> FieldGrid | None:
        """Where its isochrones are drawn; None where that would be too large to keep."""
        from geo.isochrone_points import ready_grid

        return ready_grid(self.terrain)

    @property
    def ready_lattice(self) -> FieldGrid | None:
        """`lattice` if it is made already: nobody waits for it."""
        return self.lattice if "lattice" in self.__dict__ else None

    @property
    def has_layers(self) -> bool:
        """Whether `layers` are made already."""
        return "layers" in self.__dict__


def stamp_of(folder: Path) -> str:
    """Return the hash of the manifest.

    Raises
    ------
    NotFoundError
        When the folder holds no result.
    """
    try:
        return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    except OSError as error:
        raise NotFoundError(fault("result_missing", folder=folder)) from error


def load(folder: Path) -> Served:
    """Read a result and search what requests share.

    Raises
    ------
    NotFoundError
        When there is no result, or a part of it is missing or not what its manifest says.
    """
    from pyproj import Transformer

    from geo.isochrone_points import terrain_of
    from geo.point_verdicts import PointJudge
    from geo.point_ways import PointWays
    from geo.reassess import reassess
    from geo.scenario import Trial
    from geo.store import read_result
    from maps.planner import planner_page

    stamp = stamp_of(folder)
    _check_files(folder)
    result, terrain = read_result(folder), terrain_of(folder)
    raw = (folder / MAP).read_bytes() if (folder / MAP).is_file() else None
    if stamp_of(folder) != stamp:
        raise NotFoundError(fault("service_result_moved", folder=folder))
    kept = reassess(result)
    judge = PointJudge(kept, terrain)
    for rule in result.params.rules:
        judge.prepare(rule)
    return Served(
        folder=folder,
        stamp=stamp,
        result=result,
        judge=judge,
        terrain=terrain,
        ways={rule.name: PointWays(kept, rule) for rule in result.params.rules},
        trial=Trial(kept),
        page=page_of(planner_page(raw.decode("utf-8")).encode("utf-8"))
        if raw is not None
        else None,
        to_metric=None
        if terrain.is_local
        else Transformer.from_crs("EPSG:4326", terrain.crs, always_xy=True),
        hidden=_hidden(result, terrain),
        names=_names(judge),
        notices=_notices(result),
    )


def warm(served: Served) -> None:
    """Make what requests would wait for: layers, who stands where in a plan, the lattice of isochrones."""
    import geopandas as gpd

    from geo.isochrone_points import point_isochrones, rule_for
    from geo.scenario import parse_scenario

    for layer in served.layers.values():
        layer.prepare()
    supply, terrain = served.judge.kept.assessor.supply, served.terrain
    entered = supply.rows.point
    if len(entered) == 0:
        return
    first = int(entered[0])
    shape = gpd.points_from_xy(supply.x[[first]], supply.y[[first]])
    crs = None if terrain.is_local else terrain.crs
    point = gpd.GeoDataFrame({"point_id": ["1"], "name": ["1"]}, geometry=shape, crs=crs)
    rule = rule_for(terrain.params, None, None, False)
    station = {"action": "close", "id": served.names.station_ids[first]}
    served.trial.applied(parse_scenario({"station": [station]}))
    point_isochrones(terrain, point, rule, [rule.limit], exact=False, ready=served.lattice)


def page_of(raw: bytes, others: Sequence[str] = ()) -> Page:
    """Make a page ready to send, with a policy that names its inline scripts, and `others`, by their hashes."""
    hashes = list(others)
    for attributes, script in _SCRIPT.findall(raw):
        if b"application/" not in attributes:
            # a browser hashes the text with its line ends made plain
            digest = hashlib.sha256(script.replace(b"\r\n", b"\n")).digest()
            hashes.append(f"'sha256-{base64.b64encode(digest).decode('ascii')}'")
    scripts = tuple(dict.fromkeys(hashes))
    return Page(
        plain=raw,
        gzipped=gzip.compress(raw, 6, mtime=0),
        tag=hashlib.sha256(raw).hexdigest()[:32],
        policy=_PAGE_POLICY.format(scripts=" ".join(scripts) or "'none'"),
        scripts=scripts,
    )


def _check_files(folder: Path) -> None:
    """Compare the files that are served with the manifest's hashes."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    files = manifest.get("files") if isinstance(manifest, dict) else None
    if not isinstance(files, dict):
        raise NotFoundError(fault("service_manifest_bad", folder=folder))
    faults = []
    for name, known in sorted(files.items()):
        if not name.startswith(("tables/", "network/", "inputs/")) and name != MAP:
            continue
        path = folder / name
        if not path.is_file():
            faults.append(fault("service_file_missing", path=name))
            continue
        with path.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != known:
                faults.append(fault("service_file_changed", path=name))
    raise_if_any(faults, NotFoundError)


def _hidden(result: StudyResult, terrain: Terrain) -> Geometry | None:
    import geopandas as gpd
    import shapely

    from maps.hidden import hidden_area

    area = hidden_area(result)
    if area is not None and not terrain.is_local:
        area = gpd.GeoSeries([area], crs="EPSG:4326").to_crs(terrain.crs).iloc[0]
    if area is not None:
        shapely.prepare(area)
    return area


def _names(judge: PointJudge) -> Names:
    stations, buildings, areas = judge.kept.stations, judge.kept.buildings, judge.subdistricts
    return Names(
        stations["station_id"].astype(str).tolist(),
        buildings["building_id"].astype(str).tolist(),
        _texts(buildings, "name"),
        areas["subdistrict_id"].astype(str).tolist(),
        _texts(areas, "name"),
    )


def _texts(frame: pd.DataFrame, column: str) -> list[str | None]:
    if column not in frame.columns:
        return [None] * len(frame)
    return [one if isinstance(one, str) and one else None for one in frame[column]]


def _notices(result: StudyResult) -> dict[str, tuple[str, ...]]:
    """Say in every language what no figure may be shown without."""
    from geo.messages import LANGUAGES, language, say, set_language
    from maps.captions import standing_lines

    before, lines = language(), {}
    for lang in LANGUAGES:
        set_language(lang)
        simulated = [say("map_simulated")] if result.params.output.simulated else []
        lines[lang] = (*simulated, *standing_lines(result))
    set_language(before)
    return lines
