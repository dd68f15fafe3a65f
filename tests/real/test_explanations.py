"""Explanations of Monaco: every route a walk on the graph, every link one that can be built and works."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.coverage import COVERED, verdicts
from geo.explain import Explainer
from geo.reassess import linked
from geo.result import StudyResult
from geo.study import Study
from tests.real.test_monaco import RECTANGLE, TIME, study_file
from tests.route_check import check_walk

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def monaco(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> StudyResult:
    extract = shared_data / "monaco" / "monaco.osm.pbf"
    return Study.read(study_file(tmp_path_factory.mktemp("monaco"), extract, RECTANGLE)).run()


def test_routes_are_walks_and_links_do_what_they_say(monaco: StudyResult) -> None:
    explainer = Explainer(monaco)
    rule = monaco.params.rules[0]
    table = monaco.buildings[monaco.buildings["rule"] == TIME].set_index("building_id")
    draw = np.random.default_rng(20261122)
    chosen = [
        *draw.choice(np.sort(table.index[table["cause"] == "barrier"]), 10, replace=False),
        *draw.choice(np.sort(table.index[table["verdict"] == "covered"]), 30, replace=False),
    ]
    walked, built = 0, 0
    footprints = shapely.STRtree(explainer.now.buildings.geometry.to_numpy())
    for building in chosen:
        found = explainer.explain(str(building))
        assert (found.verdict, found.cause) == (
            table["verdict"][building],
            table["cause"][building] if found.verdict == "uncovered" else None,
        )
        if found.route is not None:
            walked += check_walk(explainer, found) > 2
        for link in [one for one in found.fixes if one.links is not None]:
            built += 1
            inner = shapely.line_interpolate_point(link.geometry, [0.1, 0.5, 0.9], normalized=True)
            assert len(footprints.query(inner, predicate="within")[0]) == 0
            after = linked(explainer.now.assessor, rule, link.links).reach(rule)[0]
            row = explainer.now.walk.building_ids.tolist().index(building)
            assert (verdicts(after)[row] == COVERED) == link.covers
            assert after.cost[row] / 60_000 == pytest.approx(link.minutes, abs=1e-4)
    assert walked >= 20
    assert built >= 3


def test_blind_areas_of_monaco_have_names_of_their_own(monaco: StudyResult) -> None:
    areas = monaco.tables["blind_areas"]
    assert not areas.duplicated(["rule", "name"]).any()
