"""The empty register ``stations.xlsx``: its columns, drop-downs, instructions and one example row."""

from __future__ import annotations

from io import BytesIO

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

SHEET = "阵地登记表"
_INSTRUCTIONS = "填表说明"
_ROWS = 2000
_YES_NO = ("是", "否")
# header, width, example, what to write, allowed words
_COLUMNS: tuple[tuple[str, int, str | float | None, str, tuple[str, ...]], ...] = (
    ("编号", 14, None, "已有编号照填并保持不变；没有可留空，由系统编为社区代码加三位流水号。", ()),
    ("名称*", 30, "（示例，填表时删去本行）东风街道党群服务中心", "全称，不重复。", ()),
    ("层级*", 10, "街道", "街道、社区或新兴领域（楼宇、园区、商圈）。", ("街道", "社区", "新兴领域")),
    ("所属街道*", 14, "东风街道", "与街道界线中的名称一致。", ()),
    ("所属社区", 14, None, "同名社区请在备注中写明 12 位代码。", ()),
    ("地址", 30, "东风大道 1 号", "便于现场核对。", ()),
    ("经度*", 12, 113.324512, "十进制度，至少 5 位小数。", ()),
    ("纬度*", 12, 23.119876, "十进制度，至少 5 位小数。", ()),
    ("坐标来源*（高德/百度/天地图/测绘）", 16, "高德", "坐标从哪里取得；填错会整体偏移数百米。",
     ("高德", "百度", "天地图", "测绘")),
    ("依托类型", 12, "独立", "站点设在哪里。", ("楼宇", "园区", "商圈", "小区", "独立", "其他")),
    ("所在建筑", 20, None, "站点所在楼宇的名称，与建筑数据一致时按名称对应。", ()),
    ("服务楼宇", 24, None, "只服务特定楼宇时填写，多栋用“、”分开。", ()),
    ("楼层", 8, "1", "如 1、2、46；地下写 B1。", ()),
    ("建筑面积（㎡）", 14, 1000, "数字，不带单位。", ()),
    ("开放对象", 12, "公众开放", "公众开放计入周边覆盖；楼内开放只覆盖本楼；组织内不计覆盖。",
     ("公众开放", "楼内开放", "组织内")),
    ("开放时间", 24, "周一至周五 9:00-18:00", "如 周一至周日 8:30-21:00。", ()),
    ("是否预约", 10, "否", "是或否。", _YES_NO),
    ("状态*", 10, "规划", "只有截止日期当天为“启用”的站点参与评价。", ("规划", "在建", "启用", "停用")),
    ("启用日期", 14, None, "如 2021-06-30。", ()),
    ("停用日期", 14, None, "如 2025-12-31。", ()),
    ("示范站", 10, "否", "是或否。", _YES_NO),
    ("所属专项", 18, None, "如 百楼百站、百园百站，多项用“、”分开。", ()),
    ("合设机构", 20, None, "如 新时代文明实践站、政务服务中心，多项用“、”分开。", ()),
    ("运营单位", 20, None, "单位名称，请勿填写个人姓名和电话。", ()),
    ("数据来源", 18, "街道上报", "数据由谁提供。", ()),
    ("数据日期", 14, "2026-06-30", "数据核实的日期。", ()),
    ("备注", 30, None, "请勿填写电话。", ()),
)  # fmt: skip
HEADERS = tuple(column[0] for column in _COLUMNS)


def meanings() -> list[tuple[str, str, tuple[str, ...]]]:
    """Return every column with what to write into it and the words allowed."""
    return [(label, meaning, allowed) for label, _, _, meaning, allowed in _COLUMNS]


def register_bytes() -> bytes:
    """Make the empty register as an Excel file."""
    book = new_book()
    page = book.worksheets[0]
    for place, (_, _, example, _, _) in enumerate(_COLUMNS, 1):
        page.cell(2, place, example).font = Font(italic=True, color="8A9099")
    return book_bytes(book)


def new_book() -> Workbook:
    """Make the register without any station."""
    book = Workbook()
    _fill(book.worksheets[0])
    _explain(book.create_sheet(_INSTRUCTIONS))
    return book


def book_bytes(book: Workbook) -> bytes:
    """Write a workbook."""
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(page: Worksheet) -> None:
    page.title = SHEET
    for place, (label, width, _, meaning, allowed) in enumerate(_COLUMNS, 1):
        head = page.cell(1, place, label)
        head.font = Font(bold=True, color="FFFFFF")
        head.fill = PatternFill("solid", fgColor="CE1126" if "*" in label else "667080")
        head.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        head.comment = Comment(meaning, _INSTRUCTIONS)
        letter = get_column_letter(place)
        page.column_dimensions[letter].width = width
        if allowed:
            choice = DataValidation(
                type="list", formula1=f'"{",".join(allowed)}"', allow_blank=True
            )
            choice.errorTitle, choice.error = "请从列表中选择", "可填：" + "、".join(allowed)
            choice.showErrorMessage = True
            choice.add(f"{letter}2:{letter}{_ROWS}")
            page.add_data_validation(choice)
    page.freeze_panes = "C2"


def _explain(page: Worksheet) -> None:
    page.append(["栏目", "填写说明", "可选项"])
    for cell in page[1]:
        cell.font = Font(bold=True)
    for label, _, _, meaning, allowed in _COLUMNS:
        page.append([label, meaning, "、".join(allowed)])
    page.append([])
    page.append(["带 * 的栏目必填。示例行状态为“规划”，不参与评价，填表时请删去。"])
    for letter, width in zip("ABC", (36, 60, 36), strict=True):
        page.column_dimensions[letter].width = width
