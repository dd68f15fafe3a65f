"""Studies over HTTP: uploaded, checked, corrected in place, analysed, fetched, served; and uploads nobody wants."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from io import BytesIO

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from api.app import create_app
from api.settings import Limits, ServiceSettings
from api.uploads import known_files, section_of
from tests.api.conftest import BASE, HERE, until
from tests.api.register_client import bearer
from tests.conftest import REPOSITORY

DEMO = REPOSITORY / "data" / "demo" / "small"
NAMES = {
    "街道.geojson": "subdistricts.geojson", "社区.geojson": "communities.geojson", "建筑.parquet": "buildings.parquet",
    "路网.osm.pbf": "district.osm.pbf", "园区.geojson": "parks.geojson",
}  # fmt: skip
SETTINGS = {"name": "上传的研究", "as_of": "2026-06-30", "crs": "EPSG:4547", "simulated": True}


def register_with_a_fault():
    """The demo's register with one station at a tier that nobody knows; return the file and its row."""
    book = load_workbook(DEMO / "stations.xlsx")
    page = book.worksheets[0]
    heads = {str(cell.value).rstrip("*"): cell.column for cell in page[1]}
    page.cell(5, heads["层级"]).value = "天级"
    out = BytesIO()
    book.save(out)
    return out.getvalue(), page.cell(5, heads["名称"]).value


@pytest.fixture(scope="module")
def files():
    found = {name: (DEMO / source).read_bytes() for name, source in NAMES.items()}
    return {**found, "阵地.xlsx": register_with_a_fault()[0]}


@pytest.fixture(scope="module")
def served(small_demo_folder, tmp_path_factory):
    room = tmp_path_factory.mktemp("studies")
    register = str(room / "register.db")
    (room / "本机").mkdir()
    limits = replace(Limits(), upload_bytes=30_000_000, upload_files=12, studies=6)
    settings = ServiceSettings(
        small_demo_folder, reload_seconds=0.0, warm=False, work=room / "work", register=register,
        limits=limits, study_folders=(room / "本机",),
    )  # fmt: skip
    app = create_app(settings)
    editor, reader = bearer(register, "韩梅", "editor"), bearer(register, "李雷", "reader")
    opened = TestClient(
        app, base_url=BASE, raise_server_exceptions=False, headers=editor, client=HERE
    )
    with opened as client:
        until(lambda: app.state.shelf.ready)
        client.reader, client.room = reader, room
        yield client


def parts(files):
    return [("files", (name, content)) for name, content in files.items()]


def zipped(files, method=zipfile.ZIP_DEFLATED):
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def job_of(client, study_id, seconds=180.0):
    found = {}

    def done():
        found.update(client.get(f"/studies/{study_id}").json())
        return found["job"]["state"] not in ("queued", "running")

    until(done, seconds)
    return found


@pytest.fixture(scope="module")
def study(served, files):
    """A study uploaded and checked."""
    settings = {"settings": json.dumps(SETTINGS)}
    answer = served.post("/studies", files=parts({**files, "说明.docx": b"x"}), data=settings)
    assert answer.status_code == 201, answer.text
    assert answer.json()["ignored"] == ["说明.docx"] and answer.headers["etag"] == '"v1"'
    assert set(answer.json()["inputs"]) == {*files}
    return job_of(served, answer.json()["id"])


def test_an_upload_is_checked_by_itself(served, study):
    assert study["job"]["state"] == "done" and study["checked"], study
    assert study["job"]["result"]["usable"] is True
    found = served.get(f"/studies/{study['id']}/quality").json()
    assert {one["severity"] for one in found["findings"]} <= {"error", "warning", "info"}
    name = register_with_a_fault()[1]
    (row,) = [one for one in found["correctable"] if name in one["values"].values()]
    assert row["input"] == "stations" and row["row"] == 5 and "天级" in row["reason"]


@pytest.mark.slow
def test_rows_are_corrected_in_place_and_the_result_is_fetched_and_served(served, study):
    path = f"/studies/{study['id']}"
    quality = served.get(f"{path}/quality")
    row = next(one for one in quality.json()["correctable"] if "天级" in one["reason"])
    column = next(name for name, value in row["values"].items() if value == "天级")
    place = {"sheet": row["sheet"], "row": row["row"]}
    change = {"rows": [{**place, "values": {column: "社区"}}]}
    url, tag = f"{path}/rejects/stations", {"If-Match": quality.headers["etag"]}
    assert served.patch(url, json=change, headers=served.reader).status_code == 403
    assert served.patch(url, json=change).status_code == 428
    assert served.patch(url, json=change, headers={"If-Match": '"v9"'}).status_code == 412
    nowhere = {"rows": [{**place, "row": 99_999, "values": {column: "社区"}}]}
    assert served.patch(url, json=nowhere, headers=tag).status_code == 404
    private = {"rows": [{**place, "values": {"联系电话": "1"}}]}
    assert (
        served.patch(url, json=private, headers=tag).json()["errors"][0]["code"] == "rejects_column"
    )
    answer = served.patch(url, json=change, headers=tag)
    assert answer.status_code == 202 and answer.headers["etag"] == '"v2"', answer.text
    assert served.patch(url, json=change, headers={"If-Match": '"v2"'}).status_code == 409
    assert job_of(served, study["id"])["job"]["state"] == "done"
    after = served.get(f"{path}/quality").json()
    assert not [one for one in after["correctable"] if "天级" in one["reason"]]
    assert len(after["correctable"]) == len(quality.json()["correctable"]) - 1
    # analysed, fetched
    assert served.put("/studies/serving", json={"study": study["id"]}).status_code == 404
    begun = served.post(f"{path}/analysis", json={"forms": ["html"]})
    assert begun.status_code == 202
    assert served.delete(path).status_code == 409
    done = job_of(served, study["id"])
    assert done["job"]["state"] == "done", done["job"]["problem"]
    assert {"map.html", "report.html", "tables.xlsx", "layers.gpkg"} <= {*done["files"]}
    assert done["job"]["result"]["rules"][0]["name"] == "十分钟党群服务圈"
    page = served.get(f"{path}/files/map.html")
    assert "上传的研究" in page.text and "attachment" in page.headers["content-disposition"]
    for name in ("manifest.json", "..%2Fstudy.toml", "nix"):
        assert served.get(f"{path}/files/{name}").status_code == 404
    # served in the place of the other, and back
    before = served.get("/readyz").json()
    assert served.put("/studies/serving", json={"study": study["id"]}).json() == {
        "study": study["id"]
    }
    ready = served.get("/readyz").json()
    assert ready["study"] == "上传的研究" and ready["result"] != before["result"]
    assert served.get("/stations").json()["errors"][0]["code"] == "register_of_other"
    assert served.delete(path).status_code == 409
    assert served.put("/studies/serving", json={"study": None}).json() == {"study": None}
    assert served.get("/readyz").json()["result"] == before["result"]
    assert served.get("/stations?limit=1").status_code == 200


@pytest.mark.slow
def test_a_zip_will_do_and_an_unusable_study_says_why(served, files):
    broken = {**files, "街道.geojson": b"{}"}
    body = zipped({f"数据/{name}": content for name, content in broken.items()}, zipfile.ZIP_STORED)
    answer = served.post("/studies", content=body, headers={"Content-Type": "application/zip"})
    assert answer.status_code == 201, answer.text
    found = job_of(served, answer.json()["id"])
    assert found["job"]["state"] == "done" and found["job"]["result"]["usable"] is False
    quality = served.get(f"/studies/{found['id']}/quality").json()
    assert (
        quality["findings"][0]["severity"] == "error"
        and "街道.geojson" in quality["findings"][0]["text"]
    )
    begun = served.post(f"/studies/{found['id']}/analysis")
    failed = job_of(served, begun.json()["id"])["job"]
    assert failed["state"] == "failed" and "街道.geojson" in failed["problem"]["detail"]
    assert served.delete(f"/studies/{found['id']}").status_code == 204
    assert served.get(f"/studies/{found['id']}").status_code == 404


def codes(answer):
    return [one["code"] for one in answer.json().get("errors", [])]


def test_uploads_nobody_wants(served, files):
    kept = {one.name for one in (served.room / "work" / "studies").iterdir()}
    zip_type = {"Content-Type": "application/zip"}

    def sent(content):
        return served.post("/studies", content=content, headers=zip_type)

    assert (
        served.post(
            "/studies", content=zipped(files), headers={**zip_type, **served.reader}
        ).status_code
        == 403
    )
    missing = served.post("/studies", files=parts({"街道.geojson": b"{}"}))
    assert missing.status_code == 422 and codes(missing) == ["upload_missing"] * 3
    assert "建筑" in missing.json()["detail"]
    # names that lead elsewhere: only their last part counts, and that is not known or becomes a name of ours
    climbing = sent(
        zipped({"../../../街道.geojson": b"{}", "..\\..\\etc\\passwd": b"x", "/etc/cron": b"x"})
    )
    assert codes(climbing) == ["upload_missing"] * 3 and "passwd" in climbing.json()["detail"]
    assert codes(sent(b"PK no zip")) == ["file_unreadable"]
    assert codes(sent(b"")) == ["upload_empty"]
    bomb = sent(zipped({"建筑.geojson": bytes(210_000_000)}))
    assert bomb.status_code in (413, 422) and codes(bomb)[0] in ("zip_too_large", "upload_too_much")
    twice = sent(zipped({"甲/街道.geojson": b"{}", "乙/街道.geojson": b"{}"}))
    assert codes(twice) == ["upload_twice"]
    assert codes(sent(zipped({"街道.geojson": b"{}", "镇街.gpkg": b"x"}))) == ["upload_two_of"]
    many = sent(zipped({f"园区{one}.geojson": b"{}" for one in range(20)}))
    assert many.status_code == 413
    assert sent(bytes(31_000_000)).status_code == 413
    for settings in ('{"nix": 1}', '{"city": "../../etc/passwd"}', "[", '{"rule": [{"basis": "nix"}]}',
                     '{"crs_of": {"links": "gcj02"}}', '{"crs_of": {"stations": "nix"}}'):  # fmt: skip
        bad = served.post("/studies", files=parts(files), data={"settings": settings})
        assert bad.status_code == 422 and codes(bad), settings
    assert {one.name for one in (served.room / "work" / "studies").iterdir()} == kept


def test_names_by_which_files_are_known(tmp_path):
    known = {
        "街道.geojson": "subdistricts", "路网.OSM.PBF": "network", "阵地.xlsx": "stations", "建筑.zip": "buildings",
        "商圈A.gpkg": "zones:商圈A", "街道.shp": "subdistricts", "街道.dbf": "subdistricts",
        "台账.xlsx": None, "街道.exe": None, "街道": None, ".geojson": None, "建筑.tab": None, "园区\n.gpkg": None,
    }  # fmt: skip
    assert {name: section_of(name) for name in known} == known
    (tmp_path / "街道.shp").write_bytes(b"")
    (tmp_path / "街道.dbf").write_bytes(b"")
    (tmp_path / "别的.txt").write_bytes(b"")
    assert known_files(tmp_path).files == {"subdistricts": "街道.shp"}


def test_a_folder_of_this_machine_only_where_allowed(served, files):
    base = served.room / "本机" / "云麓 2026"
    base.mkdir()
    for name, content in files.items():
        (base / name).write_bytes(content)
    for folder in (served.room, served.room / "本机" / ".." / "work", "/etc"):
        refused = served.post("/studies", json={"folder": str(folder)})
        assert refused.status_code == 403 and codes(refused) == ["study_folder_forbidden"]
    assert served.post("/studies", json={"folder": str(base / "nix")}).status_code == 404
    answer = served.post("/studies", json={"folder": str(base), "settings": SETTINGS})
    assert answer.status_code == 201, answer.text
    assert job_of(served, answer.json()["id"])["job"]["state"] == "done"
    assert (base / "check" / "quality.html").is_file()  # beside the files, as the command does
    assert served.delete(f"/studies/{answer.json()['id']}").status_code == 204
    assert (base / "街道.geojson").is_file()
