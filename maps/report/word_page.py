"""The page of an official document (GB/T 9704): paper, fonts and styles, page numbers, what stands on every page."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.section import Section, _Footer, _Header
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from maps.report.model import Report
from maps.report.office_zip import fit
from maps.theme import COLOURS

TITLE_FONT, BODY_FONT, HEAD_FONT, SECOND_FONT, NUMBER_FONT = (
    "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体",
)  # fmt: skip
LATIN_FONT = "Times New Roman"
PAPER_MM = (210.0, 297.0)
MARGINS_MM = {"top": 37.0, "bottom": 35.0, "left": 28.0, "right": 26.0}
LINE_PT = 28.0
BODY_PT = 16.0  # 三号
_STAND_INS = {TITLE_FONT: "华文中宋", BODY_FONT: "仿宋", SECOND_FONT: "楷体"}


def text_width_mm(sideways: bool = False) -> float:
    """Width of the text on the page, lying or standing."""
    whole = PAPER_MM[1] if sideways else PAPER_MM[0]
    return whole - MARGINS_MM["left"] - MARGINS_MM["right"]


def set_up(document: Document, report: Report) -> None:
    """Give an empty document paper, styles, header and footer."""
    _styles(document)
    _stand_in_fonts(document)
    document.settings.odd_and_even_pages_header_footer = True
    section = document.sections[0]
    lay(section, sideways=False)
    for header in (section.header, section.even_page_header):
        _head(header, report)
    _foot(section.footer, report, WD_ALIGN_PARAGRAPH.RIGHT)
    _foot(section.even_page_footer, report, WD_ALIGN_PARAGRAPH.LEFT)


def lay(section: Section, *, sideways: bool) -> None:
    """Set the paper of a section: A4 with the margins of an official document."""
    from docx.enum.section import WD_ORIENT

    width, height = PAPER_MM[::-1] if sideways else PAPER_MM
    section.orientation = WD_ORIENT.LANDSCAPE if sideways else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(width), Mm(height)
    upright = {"top_margin": "top", "bottom_margin": "bottom"}
    for name, side in {**upright, "left_margin": "left", "right_margin": "right"}.items():
        setattr(section, name, Mm(MARGINS_MM[side]))
    if sideways:  # a lying page would lose a third of its height
        section.top_margin, section.bottom_margin = Mm(MARGINS_MM["right"]), Mm(30.0)
    section.header_distance, section.footer_distance = Mm(15.0), Mm(12.0)


def set_font(run: Run, east_asian: str, size_pt: float | None = None) -> None:
    """Set the font of a run, for Chinese too (which the library leaves to chance)."""
    run.font.name = LATIN_FONT
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), east_asian)
    if size_pt is not None:
        run.font.size = Pt(size_pt)


def _styles(document: Document) -> None:
    defaults = document.styles.element.find(qn("w:docDefaults"))
    for lang in defaults.iter(qn("w:lang")):
        lang.set(qn("w:eastAsia"), "zh-CN")
    normal = _style(document, "Normal", BODY_FONT, BODY_PT)
    normal.paragraph_format.space_after = Pt(0)
    normal.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    normal.paragraph_format.line_spacing = Pt(LINE_PT)
    title = _style(document, "Title", TITLE_FONT, 22)
    title.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.line_spacing = Pt(36)
    _without_border(title)
    subtitle = _style(document, "Subtitle", SECOND_FONT, BODY_PT)
    subtitle.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for name, font in (("Heading 1", HEAD_FONT), ("Heading 2", SECOND_FONT)):
        heading = _style(document, name, font, BODY_PT)
        heading.paragraph_format.keep_with_next = True
        heading.paragraph_format.space_before = Pt(0)
        _indent_two(heading)
    body = _style(document, "Body Text", BODY_FONT, BODY_PT)
    body.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    body.paragraph_format.space_after = Pt(0)
    _indent_two(body)
    caption = _style(document, "Caption", HEAD_FONT, 12)
    caption.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    caption.paragraph_format.line_spacing = Pt(22)
    caption.paragraph_format.space_before = Pt(6)
    for name in ("Header", "Footer"):
        edge = _style(document, name, NUMBER_FONT, 9)
        edge.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE


def _style(document: Document, name: str, font: str, size_pt: float) -> ParagraphStyle:
    style = document.styles[name]
    if not isinstance(style, ParagraphStyle):
        raise TypeError(name)
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    fonts.attrib.clear()  # theme fonts would win
    for kind, value in (("ascii", LATIN_FONT), ("hAnsi", LATIN_FONT), ("eastAsia", font)):
        fonts.set(qn(f"w:{kind}"), value)
    for extra in ("w:spacing", "w:kern"):
        for found in properties.findall(qn(extra)):
            properties.remove(found)
    style.font.size = Pt(size_pt)
    style.font.bold = False
    style.font.italic = False
    style.font.color.rgb = RGBColor(0, 0, 0)
    return style


def _without_border(style: ParagraphStyle) -> None:
    properties = style.element.get_or_add_pPr()
    for found in properties.findall(qn("w:pBdr")):
        properties.remove(found)


def _indent_two(style: ParagraphStyle) -> None:
    """Indent the first line by two characters, whatever their size."""
    style.paragraph_format.first_line_indent = Pt(2 * BODY_PT)
    style.element.get_or_add_pPr().get_or_add_ind().set(qn("w:firstLineChars"), "200")


def _stand_in_fonts(document: Document) -> None:
    """Name what Word may take where the official fonts are not installed."""
    part = document.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    fonts = "".join(
        f"<w:font w:name={quoteattr(name)}><w:altName w:val={quoteattr(other)}/>"
        '<w:charset w:val="86"/><w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>'
        for name, other in _STAND_INS.items()
    )
    end = "</w:fonts>"
    part._blob = part.blob.decode("utf-8").replace(end, fonts + end).encode("utf-8")


def _head(header: _Header, report: Report) -> None:
    header.is_linked_to_previous = False
    line = header.paragraphs[0]
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if not report.label:
        return
    run = line.add_run(fit(report.label))
    set_font(run, HEAD_FONT, 10.5)
    run.font.color.rgb = RGBColor.from_string(COLOURS["red"][1:])
    line._element.append(_watermark(report.label))


def _foot(footer: _Footer, report: Report, side: WD_ALIGN_PARAGRAPH) -> None:
    """Put the page number outside (odd right, even left) and below it the lines that must stand."""
    footer.is_linked_to_previous = False
    number = footer.paragraphs[0]
    number.alignment = side
    number.paragraph_format.space_after = Pt(4)
    number.paragraph_format.left_indent = number.paragraph_format.right_indent = Pt(14)
    _run_of_number(number, "— ")
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    number._element.append(field)
    inside = _run_of_number(number, "1")
    field.append(inside._element)
    _run_of_number(number, " —")
    for line in report.standing:
        standing = footer.add_paragraph(style="Footer")
        standing.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = standing.add_run(fit(line))
        set_font(run, NUMBER_FONT, 8)
        run.font.color.rgb = RGBColor.from_string(COLOURS["red_dark"][1:])


def _run_of_number(line: Paragraph, text: str) -> Run:
    run = line.add_run(text)
    set_font(run, NUMBER_FONT, 14)  # 四号
    return run


def _watermark(text: str) -> OxmlElement:
    """Return a diagonal text behind the page, as Word itself writes one."""
    shape = (
        "position:absolute;margin-left:0;margin-top:0;width:460pt;height:26pt;rotation:325;z-index:-251658752;"
        "mso-position-horizontal:center;mso-position-horizontal-relative:margin;"
        "mso-position-vertical:center;mso-position-vertical-relative:margin"
    )
    words = escape(fit(text), {'"': "&quot;"})
    return parse_xml(
        f'<w:r {nsdecls("w")} xmlns:v="urn:schemas-microsoft-com:vml" '
        'xmlns:o="urn:schemas-microsoft-com:office:office">'
        "<w:rPr><w:noProof/></w:rPr><w:pict>"
        '<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800" '
        'path="m@7,l@8,m@5,21600l@6,21600e"><v:formulas><v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/>'
        '<v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/><v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/>'
        '<v:f eqn="if @0 21600 @1"/><v:f eqn="if @0 0 @2"/><v:f eqn="if @0 @4 21600"/></v:formulas>'
        '<v:path textpathok="t" o:connecttype="rect"/><v:textpath on="t" fitshape="t"/></v:shapetype>'
        f'<v:shape id="watermark" o:spid="_x0000_s2049" type="#_x0000_t136" alt={quoteattr(fit(text))} style="{shape}" '
        'o:allowincell="f" fillcolor="silver" stroked="f"><v:fill opacity=".35"/>'
        f'<v:textpath style="font-family:&quot;{HEAD_FONT}&quot;;font-size:1pt" string="{words}"/>'
        "</v:shape></w:pict></w:r>"
    )
