"""The register over HTTP: changes with their history, versions, imports, exports, and figures that grow old."""

from __future__ import annotations

import shutil
from io import BytesIO
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from openpyxl import load_workbook

from api.register.database import Database
from api.register.models import Base, Station
from api.register.rows import COLUMNS
from geo.params import Source
from geo.read.words import TIERS
from geo.register_rows import FIELDS, rows_of_file
from geo.station_register import read_register
from geo.store import read_result
from tests.api.conftest import until
from tests.api.register_client import STATION, serving

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo" / "small" / "stations.xlsx"


@pytest.fixture(scope="module")
def served(small_demo_folder, tmp_path_factory):
    register = tmp_path_factory.mktemp("register") / "register.db"
    with serving(small_demo_folder, str(register)) as found:
        yield found


def first(served):
    return served.client.get("/stations", params={"limit": 1}).json()["stations"][0]


def test_tables_hold_every_column_of_the_register(tmp_path):
    assert {*COLUMNS, "version", "deleted_at"} == set(Station.__table__.columns.keys())
    database = Database(str(tmp_path / "register.db"))
    database.migrate()
    database.migrate()  # a second time changes nothing
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_begins_with_the_stations_of_the_study(served, small_demo):
    found = served.client.get("/stations").json()
    ids = small_demo.inputs["stations"]["station_id"].astype(str)
    assert {one["station_id"] for one in found["stations"]} >= set(ids)
    assert served.client.get("/readyz").json()["stale"] in (False, True)


def test_a_station_from_its_entry_to_its_return(served):
    client, editor = served.client, served.editor
    made = client.post("/stations", json={**STATION, "remarks": "新"}, headers=editor)
    assert made.status_code == 201
    station_id, tag = made.json()["station_id"], made.headers["etag"]
    path = f"/stations/{station_id}"
    assert tag == '"v1"'
    # GCJ-02 lies some 500 m to the south-east of WGS 84 here
    assert 0.003 < made.json()["lon"] - made.json()["lon_wgs84"] < 0.007
    changed = client.patch(
        path, json={"remarks": None, "area_m2": 120}, headers={**editor, "If-Match": tag}
    )
    assert changed.headers["etag"] == '"v2"'
    assert client.get(path).json() == changed.json()
    same = client.patch(path, json={"area_m2": 120}, headers={**editor, "If-Match": '"v2"'})
    assert same.json()["version"] == 2  # what changes nothing is no change
    gone = client.delete(path, headers={**editor, "If-Match": '"v2"'})
    assert gone.json()["deleted"] is True
    listed = client.get("/stations").json()["stations"]
    assert station_id not in [one["station_id"] for one in listed]
    refused = client.patch(path, json={"area_m2": 1}, headers={**editor, "If-Match": '"v3"'})
    assert refused.status_code == 409
    back = client.post(f"{path}/restore", headers={**editor, "If-Match": '"v3"'})
    assert back.json()["deleted"] is False and back.json()["area_m2"] == 120
    history = client.get(f"{path}/history").json()["changes"]
    assert [one["action"] for one in history] == ["add", "change", "delete", "restore"]
    assert [one["version"] for one in history] == [1, 2, 3, 4]
    assert {one["who"] for one in history} == {"韩梅"}
    assert history[1]["changes"] == {"remarks": ["新", None], "area_m2": [None, 120.0]}


def test_two_editors_at_once_and_the_second_is_told(served):
    one = first(served)
    path, tag = f"/stations/{one['station_id']}", f'"v{one["version"]}"'
    headers = {**served.editor, "If-Match": tag}
    assert served.client.patch(path, json={"remarks": "甲"}, headers=headers).status_code == 200
    second = served.client.patch(path, json={"remarks": "乙"}, headers=headers)
    assert second.status_code == 412
    assert second.json()["errors"][0]["code"] == "register_stale_version"
    assert served.client.get(path).json()["remarks"] == "甲"
    assert served.client.delete(path, headers=headers).status_code == 412
    for without in (served.client.patch(path, json={}, headers=served.editor),
                    served.client.delete(path, headers=served.editor)):  # fmt: skip
        assert without.status_code == 428
    bad = served.client.delete(path, headers={**served.editor, "If-Match": "3"})
    assert bad.status_code == 422


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"tier": "甲级"}, "tier", "“层级”的值“甲级”不在可选项中"),
        ({"lon": 24.52, "lat": 113.93}, "", "写反了"),
        ({"coordinate_source": None}, "coordinate_source", "坐标来源"),
        ({"name": " "}, "name", "“名称”为空"),
        ({"operator": "王某 13812345678"}, "operator", "电话"),
        ({"opened_on": "去年"}, "opened_on", "不是日期"),
        ({"station_id": "../etc"}, "station_id", "编号"),
        ({"station_id": "export"}, "station_id", "编号"),
        ({"remarks": "a\u0000b"}, "remarks", "控制字符"),
    ],
)
def test_wrong_values_get_the_sentence_of_a_file(served, values, field, words):
    answer = served.client.post("/stations", json={**STATION, **values}, headers=served.editor)
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert error["field"] == field and words in error["detail"]


def test_ids_stay_and_are_not_given_twice(served):
    one = first(served)
    path, headers = f"/stations/{one['station_id']}", {**served.editor, "If-Match": '"v1"'}
    again = {**STATION, "station_id": one["station_id"]}
    assert served.client.post("/stations", json=again, headers=served.editor).status_code == 409
    moved = served.client.patch(path, json={"station_id": "x"}, headers=headers)
    assert moved.status_code == 422
    assert served.client.get("/stations/nobody").status_code == 404
    assert served.client.get("/stations/nobody/history").status_code == 404


def test_export_reads_back_as_it_is(served, small_demo, tmp_path):
    extra = {**STATION, "name": "=1+1", "paired_branches": ["甲支部", "乙支部"], "floor": -1}
    served.client.post("/stations", json=extra, headers=served.editor)
    held = served.client.get("/stations").json()["stations"]
    path = tmp_path / "stations.xlsx"
    path.write_bytes(served.client.get("/stations/export").content)
    read = rows_of_file(Source("stations", path=path))
    assert len(read.rejects) == 0
    assert [{name: one[name] for name in FIELDS} for one in held] == sorted(
        read.rows, key=lambda row: row["station_id"]
    )
    frames = {
        name: small_demo.inputs[name] for name in ("subdistricts", "buildings", "communities")
    }
    study = read_register(Source("stations", path=path), frames=frames, aliases={}, tiers=TIERS)
    assert len(study.frame) == len(held)
    book = load_workbook(BytesIO(path.read_bytes()))
    assert book.worksheets[0].data_validations.count > 5  # the drop-downs of the form


def imported(served, content, **query):
    return served.client.post(
        "/stations/import", content=content, params=query, headers=served.editor
    )


def test_an_import_is_shown_before_it_is_written(served):
    before = served.client.get("/stations").json()
    book = load_workbook(BytesIO(served.client.get("/stations/export").content))
    page = book.worksheets[0]
    column = {cell.value: cell.column for cell in page[1]}
    page.cell(2, column["地址"]).value = "改后地址1号"
    page.cell(3, column["状态*"]).value = "不知道"  # this row is set aside
    lost = page.cell(4, column["编号"]).value
    page.delete_rows(4)
    fresh = page.max_row + 1
    for label, value in {
        "名称*": "丁站", "层级*": "社区", "所属街道*": "云岫街道", "状态*": "启用",
        "经度*": 113.931, "纬度*": 24.521, "坐标来源*（高德/百度/天地图/测绘）": "百度",
    }.items():  # fmt: skip
        page.cell(fresh, column[label]).value = value
    page.cell(1, page.max_column + 1).value = "联系电话"
    page.cell(2, page.max_column).value = "020-12345678"
    out = BytesIO()
    book.save(out)
    seen = imported(served, out.getvalue()).json()
    counts = {
        name: seen[f"{name}_count"] for name in ("add", "change", "delete", "missing", "rejects")
    }
    assert counts == {"add": 1, "change": 1, "delete": 0, "missing": 1, "rejects": 1}
    assert seen["missing"][0]["station_id"] == lost and not seen["written"]
    assert seen["rejects"][0]["row"] == 3 and "不知道" in seen["rejects"][0]["reason"]
    assert seen["private_columns"] == ["联系电话"]
    assert served.client.get("/stations").json() == before
    assert imported(served, out.getvalue(), dry_run=False).status_code == 409
    other = imported(served, out.getvalue(), dry_run=False, token=seen["token"], missing="delete")
    assert other.status_code == 409  # that is not what was shown
    done = imported(served, out.getvalue(), dry_run=False, token=seen["token"])
    assert done.status_code == 200 and done.json()["written"]
    after = served.client.get("/stations").json()
    assert after["count"] == before["count"] + 1
    assert after["revision"] == before["revision"] + 2
    twice = imported(served, out.getvalue(), dry_run=False, token=seen["token"])
    assert twice.status_code == 409  # the register is another now
    assert imported(served, out.getvalue()).json()["change_count"] == 0


def test_missing_stations_are_deleted_only_when_asked_and_come_back(served):
    csv = "编号,名称,层级,状态\nS9001,戊站,社区,启用\n".encode()
    seen = imported(served, csv, missing="delete", crs="gcj02").json()
    assert seen["delete_count"] == seen["missing_count"] > 60
    token = seen["token"]
    imported(served, csv, missing="delete", crs="gcj02", dry_run=False, token=token)
    assert served.client.get("/stations").json()["count"] == 1
    everything = imported(served, DEMO.read_bytes()).json()
    assert {one["action"] for one in everything["plans"]} == {"restore"}
    imported(served, DEMO.read_bytes(), dry_run=False, token=everything["token"])
    assert served.client.get("/stations").json()["count"] == 64


def test_files_that_are_no_register(served):
    for content in (b"", b"PK\x03\x04rubbish", b"\x00\x01\x02", "名称\n甲\n".encode()):
        answer = imported(served, content)
        assert answer.status_code == 422, content
        assert answer.json()["errors"][0]["detail"]


@pytest.mark.slow
def test_a_change_makes_figures_old_until_analysed_again(small_demo_folder, tmp_path):
    folder = shutil.copytree(small_demo_folder, tmp_path / "result")
    with serving(folder, str(tmp_path / "register.db")) as served:
        client, editor = served.client, served.editor
        stations = client.get("/stations").json()["stations"]
        assert client.get("/readyz").json()["stale"] is False
        for one in stations[:20]:
            closing = {"status": "closed", "closed_on": "2026-01-01"}
            tag = f'"v{one["version"]}"'
            path = f"/stations/{one['station_id']}"
            assert client.patch(path, json=closing, headers={**editor, "If-Match": tag}).is_success
        ready = client.get("/readyz").json()
        assert ready["stale"] is True and ready["changed_stations_count"] == 20
        changes = client.get("/stations/changes").json()
        assert [one["station_id"] for one in changes["changes"]] == changes["changed_stations"]
        assert client.post("/stations/reanalysis", headers=served.reader).status_code == 403
        assert client.post("/stations/reanalysis", headers=editor).status_code == 202
        assert client.post("/stations/reanalysis", headers=editor).status_code == 409
        until(lambda: client.get("/stations/reanalysis").json()["state"] != "running", 60)
        assert client.get("/stations/reanalysis").json()["state"] == "done"
        until(lambda: client.get("/readyz").json()["result"] != ready["result"])
        assert client.get("/readyz").json()["stale"] is False
    before, after = read_result(small_demo_folder), read_result(folder)
    assert after.manifest["register"]["revision"] == len(stations) + 20
    open_before, open_after = (
        int(one.stations.drop_duplicates("station_id")["counts"].sum()) for one in (before, after)
    )
    assert open_before - 20 <= open_after < open_before
    covered = [(one.buildings["verdict"] == "covered").sum() for one in (before, after)]
    assert covered[1] < covered[0]


@pytest.mark.slow
def test_the_register_unchanged_gives_the_same_verdicts(small_demo_folder, tmp_path):
    from api.reanalysis import reanalysis
    from api.register.store import Register
    from geo.register_rows import rows_of_stations

    folder = shutil.copytree(small_demo_folder, tmp_path / "result")
    database = Database(str(tmp_path / "register.db"))
    database.migrate()
    register, before = Register(database), read_result(folder)
    register.seed(rows_of_stations(before.inputs["stations"]), "study")
    assert register.seed(rows_of_stations(before.inputs["stations"]), "study") == 0
    assert reanalysis(folder, register) == len(before.inputs["stations"])
    after = read_result(folder)
    for name in ("building_id", "rule", "verdict", "reason", "station_id"):
        assert before.buildings[name].equals(after.buildings[name]), name
    minutes = before.buildings["minutes"] - after.buildings["minutes"]
    assert minutes.abs().max() < 1e-3


def test_a_service_without_a_register_says_so(client):
    answer = client.get("/stations")
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == "register_off"
    assert client.get("/readyz").json()["stale"] is None
