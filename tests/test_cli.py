"""The command line: what it prints, its exit statuses, its answers to wrong calls."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest

from api import cli
from api.cli_layout import aligned, minutes, percent
from api.cli_progress import CliProgress
from api.register_sheet import HEADERS, SHEET
from geo import messages
from geo.errors import InputError, fault
from geo.params import Rule
from geo.progress import Progress
from geo.result import StudyResult
from geo.study_file import read_study_file
from tests.fakes import RADIUS, fake_result

Call = Callable[..., tuple[int, str, str]]
REGISTER = (
    "编号｜名称*｜层级*｜所属街道*｜所属社区｜地址｜经度*｜纬度*｜坐标来源*（高德/百度/天地图/测绘）｜依托类型｜"
    "所在建筑｜服务楼宇｜楼层｜建筑面积（㎡）｜开放对象｜开放时间｜是否预约｜状态*｜启用日期｜停用日期｜示范站｜"
    "所属专项｜合设机构｜运营单位｜数据来源｜数据日期｜备注"
)


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    token = messages._language.set("zh")
    yield
    messages._language.reset(token)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run the command line: (status, standard output, standard error)."""
    monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)

    def run(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(word) for word in words])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run


def plan(monkeypatch: pytest.MonkeyPatch, result: StudyResult | BaseException) -> None:
    """Let every study have this result, or be refused with this error when it is read."""

    def read(path: Path) -> SimpleNamespace:
        if isinstance(result, BaseException):
            raise result
        return SimpleNamespace(params=result.params, run=run)

    def run(progress: Progress) -> StudyResult | BaseException:
        progress("stage_read", 1, 1)
        return result

    import geo.checked
    import maps.briefing  # noqa: F401 - what it imports must see the true study

    monkeypatch.setattr("geo.study.Study", SimpleNamespace(read=read))

    def check_study(*_: object, walks: bool = False) -> SimpleNamespace:
        assert isinstance(result, StudyResult) and not walks
        rejects = result.tables["rejects"]
        return SimpleNamespace(quality=result.quality, rejects=rejects, reject_files={})

    monkeypatch.setattr(geo.checked, "check_study", check_study)


def without_errors(result: StudyResult) -> StudyResult:
    return replace(result, quality=replace(result.quality, faults=result.quality.faults[1:]))


def test_run_prints_and_writes(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plan(monkeypatch, fake_result(tmp_path))
    status, out, err = call("run", "study.toml", "--out", tmp_path / "结果")
    assert status == 0
    assert (
        {"map.html", "tables.xlsx", "layers.gpkg", "manifest.json"}
        <= {path.name for path in (tmp_path / "结果").iterdir()}
    )  # fmt: skip
    for line in (
        "模拟数据（非真实情况）· 仅供演示 · 不得引用",
        "建筑 4 栋，站点 2 座（其中启用 2 座），街道 2 个",
        "【十分钟党群服务圈】步行10分钟以内",
        "  覆盖率：楼栋 66.6%、基底面积 60.0%、建筑面积 57.0%、常住人口 94.9%",
        "  已覆盖 2 栋，未覆盖 1 栋，数据不足 1 栋，超出数据范围 0 栋",
        "  到最近站点步行：半数不超过 6.1 分钟，九成不超过 12.3 分钟",
        "  未达标（达标线 95.0%）",
        "数据质量：须处理 1 项，需核对 0 项，说明 1 项",
        f"  地图    {tmp_path / '结果' / 'map.html'}",
    ):
        assert line in out.splitlines(), f"{line}\n---\n{out}"
    assert "读取数据：完成" in err
    assert "\x1b[" not in out + err  # no bars or colours in a log


def test_coverage_by_subdistrict_is_aligned(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plan(monkeypatch, fake_result(tmp_path))
    _, out, _ = call("run", "study.toml", "--out", tmp_path / "out")
    lines = out.splitlines()
    start = lines.index("分街道（十分钟党群服务圈）")
    assert lines[start + 1 : start + 4] == [
        "  街道      建筑  站点  已覆盖  未覆盖  数据不足  超出范围  楼栋覆盖率  常住人口覆盖率",
        "  东风街道     2     1       2       0         0         0      100.0%           99.9%",
        "  西岭街道     2     1       0       1         1         0        0.0%           57.0%",
    ]
    start = lines.index("各评价标准的常住人口覆盖率")
    assert lines[start + 1 : start + 4] == [
        "  街道      十分钟党群服务圈  直线500米",
        "  东风街道             99.9%     100.0%",
        "  西岭街道             57.0%     100.0%",
    ]


@pytest.mark.parametrize(
    ("words", "status"), [((), 0), (("--strict",), 3), (("--require-pass",), 3)]
)
def test_exit_status_of_a_run(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: tuple[str, ...], status: int
) -> None:
    plan(monkeypatch, fake_result(tmp_path))
    found, _, err = call("run", "study.toml", "--out", tmp_path / "out", *words)
    assert found == status
    assert (tmp_path / "out" / "manifest.json").is_file()  # the result is there all the same
    assert ("十分钟党群服务圈（--require-pass）" in err) == ("--require-pass" in words)


def test_strict_and_pass_are_met(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    result = without_errors(fake_result(tmp_path))
    summary = dict(result.summary)
    summary["rules"] = [{**rule, "passes": True} for rule in summary["rules"]]
    plan(monkeypatch, replace(result, summary=summary))
    assert call("run", "s", "--out", tmp_path / "out", "--strict", "--require-pass")[0] == 0


def test_requiring_a_pass_without_a_mark_is_a_wrong_call(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    result = fake_result(tmp_path)
    plan(monkeypatch, replace(result, params=replace(result.params, rules=(RADIUS, Rule("甲")))))
    status, _, err = call("run", "s", "--out", tmp_path / "out", "--require-pass")
    assert status == 2 and "pass_mark" in err and not (tmp_path / "out").exists()


def test_bad_input_is_one_message(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plan(monkeypatch, InputError(fault("table_missing", table="甲", present="乙")))
    status, out, err = call("check", "study.toml")
    assert (status, out) == (2, "")
    assert err == "无法继续：\n结果中没有“甲”表（现有：乙）。\n"


def test_check(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plan(monkeypatch, fake_result(tmp_path))
    status, out, _ = call("check", "study.toml")
    assert status == 0
    assert "须处理的问题\n  - 结果中没有“<b>”表" in out
    assert "站点" in out and "由高德坐标换算" in out
    assert (tmp_path / "check" / "quality.html").is_file()  # beside the study
    call("check", "study.toml", "--out", tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere" / "quality.json").is_file()
    assert call("check", "study.toml", "--strict")[0] == 3
    plan(monkeypatch, without_errors(fake_result(tmp_path)))
    assert call("check", "study.toml", "--strict")[0] == 0


def test_map_is_drawn_again(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plan(monkeypatch, fake_result(tmp_path))
    call("run", "s", "--out", tmp_path / "out")
    page = (tmp_path / "out" / "map.html").read_bytes()
    (tmp_path / "out" / "map.html").unlink()
    status, out, _ = call("map", tmp_path / "out")
    assert status == 0 and "map.html" in out
    assert (tmp_path / "out" / "map.html").read_bytes() == page
    assert call("map", tmp_path / "none")[0] == 2


def test_new_writes_a_study_that_reads(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "我的研究"
    assert call("new", folder)[0] == 0
    for name in ("subdistricts.geojson", "buildings.gpkg", "roads.gpkg"):
        (folder / name).touch()
    params = read_study_file(folder / "study.toml")
    assert [rule.basis for rule in params.rules] == ["time", "walk_distance", "radius"]
    assert params.sources["stations"].layer == SHEET


def test_new_mentions_every_key_of_the_contract(call: Call, tmp_path: Path) -> None:
    call("new", tmp_path / "new")
    text = (tmp_path / "new" / "study.toml").read_text(encoding="utf-8")
    contract = (Path(__file__).parent / "data" / "contract_study.toml").read_text(encoding="utf-8")
    keys = re.findall(r"^(\w+) =|^(\[+[\w.]+\]+)", contract, re.M)
    missing = [key or head for key, head in keys if (key or head) not in text]
    assert missing == []


def test_new_register(call: Call, tmp_path: Path) -> None:
    call("new", tmp_path)
    book = openpyxl.load_workbook(tmp_path / "stations.xlsx")
    assert book.sheetnames == [SHEET, "填表说明"]
    page = book[SHEET]
    assert "｜".join(str(cell.value) for cell in page[1]) == REGISTER == "｜".join(HEADERS)
    choices = {
        str(one.sqref).split("2:")[0]: one.formula1 for one in page.data_validations.dataValidation
    }
    assert choices["C"] == '"街道,社区,新兴领域"'
    assert choices["R"] == '"规划,在建,启用,停用"'
    example = dict(zip(HEADERS, [cell.value for cell in page[2]], strict=True))
    assert example["状态*"] == "规划"  # left in by mistake, it serves nobody
    assert page.max_row == 2


def test_new_overwrites_nothing(call: Call, tmp_path: Path) -> None:
    (tmp_path / "stations.xlsx").write_bytes(b"mine")
    status, _, err = call("new", tmp_path)
    assert status == 2 and "stations.xlsx" in err
    assert (tmp_path / "stations.xlsx").read_bytes() == b"mine"
    assert not (tmp_path / "study.toml").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["runn"], "没有命令“runn”（最接近：run）"),
        (["run", "s.toml", "--uot", "x"], "没有选项 --uot（最接近：--out）"),
        (["run", "s.toml"], "缺少 --out"),
        (["run", "--out", "x"], "缺少 STUDY.toml"),
        (["run", "s.toml", "--out"], "选项 --out 的写法不对"),
        (["check", "s.toml", "t.toml"], "多出的内容：t.toml"),
        (["check", "s.toml", "--lang", "fr"], "--lang 的值不对：可用 zh、en。"),
    ],
)
def test_wrong_calls(call: Call, words: list[str], said: str) -> None:
    status, out, err = call(*words)
    assert (status, out) == (2, "")
    assert said in err and "--help" in err


def test_wrong_calls_in_english(call: Call) -> None:
    assert "No command 'runn' (nearest: run)" in call("--lang", "en", "runn")[2]
    assert "--out is missing" in call("run", "s", "--lang=en")[2]


def test_help_is_chinese_and_has_an_example(call: Call) -> None:
    status, out, _ = call("run", "--help")
    assert status == 0
    assert "用法： servicecircle run" in out and "例：servicecircle run" in out
    assert "Show this message" not in out and "显示本说明" in out
    assert "Usage: servicecircle run" in call("run", "--help", "--lang", "en")[1]
    listing = call("--help")[1]
    assert [name for name in ("new", "check", "run", "map") if f"\n  {name} " not in listing] == []


def test_no_command_shows_the_help(call: Call) -> None:
    status, _, err = call()
    assert status == 2 and "命令" in err


def test_interrupted(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plan(monkeypatch, KeyboardInterrupt())
    status, _, err = call("run", "s", "--out", tmp_path / "out")
    assert status == 130 and "已中断" in err


def fault_of_ours(*words: str, encoding: str = "utf-8") -> subprocess.CompletedProcess[bytes]:
    script = (
        "import sys, types\n"
        "def broken(): raise ZeroDivisionError('bug \\u2764')\n"
        "fake = types.SimpleNamespace(register_bytes=broken)\n"
        "sys.modules['api.register_sheet'] = fake\n"
        "from api.cli import main\n"
        "main()\n"
    )
    return subprocess.run(
        [sys.executable, "-c", script, "new", "nowhere", *words],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        cwd=Path(__file__).parents[1],
        check=False,
    )


def test_faults_of_ours_have_status_1_and_a_traceback_only_when_asked() -> None:
    quiet = fault_of_ours()
    assert quiet.returncode == 1
    assert "程序内部错误（ZeroDivisionError" in quiet.stderr.decode()
    assert b"Traceback" not in quiet.stderr
    assert b"Traceback" in fault_of_ours("--debug").stderr


def test_a_chinese_windows_console_shows_what_it_can() -> None:
    done = fault_of_ours(encoding="cp936")
    assert done.returncode == 1
    assert "程序内部错误（ZeroDivisionError：bug ?）" in done.stderr.decode("cp936")


def test_progress_on_a_terminal_does_not_end_the_run() -> None:
    with CliProgress(bars=True) as progress:
        progress("stage_read", 0, 3)
        progress("stage_read", 3, 3)
        progress("自定阶段", 0, 0)


def test_figures_as_printed() -> None:
    assert [percent(value) for value in (0.9499, 1, None, float("nan"))] == [
        "94.9%",
        "100.0%",
        "—",
        "—",
    ]
    assert [minutes(value) for value in (9.91, None)] == ["10.0", "—"]
    assert list(aligned([["街道", "n"], ["a", "10"]])) == ["街道   n", "a     10"]
