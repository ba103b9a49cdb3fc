"""Charts and diagrams for tests, as Office and python-pptx write them."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.slide import Slide
from pptx.util import Inches

_C: Final = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_A: Final = "http://schemas.openxmlformats.org/drawingml/2006/main"
_DGM: Final = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
_R: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_M: Final = "http://schemas.openxmlformats.org/officeDocument/2006/math"
_W: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATIONS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"


def add_chart(slide: Slide) -> None:
    """Draw two series over two seasons, of which one has no figure."""
    data = CategoryChartData()  # type: ignore[no-untyped-call]  # python-pptx has no types here
    data.categories = ["Spring", "Autumn"]
    data.add_series("Wheat", (3, None))  # type: ignore[no-untyped-call]
    data.add_series("Rye", (1.5, 4))  # type: ignore[no-untyped-call]
    place = (Inches(1), Inches(2), Inches(4), Inches(3))
    frame = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place, data)  # type: ignore[arg-type]
    chart = frame.chart  # type: ignore[attr-defined]  # it is the frame that is answered
    chart.has_title = True
    chart.chart_title.text_frame.text = "Harvest"


def in_word(path: Path, plain: Path) -> Path:
    """Put the same chart and a diagram of two steps into a document, before its last words."""
    document = (
        f'<w:document xmlns:w="{_W}" xmlns:r="{_R}" xmlns:c="{_C}" xmlns:dgm="{_DGM}"><w:body>'
        "<w:p><w:r><w:t>before</w:t></w:r></w:p>"
        '<w:p><w:r><w:drawing><c:chart r:id="rIdChart"/></w:drawing></w:r></w:p>'
        '<w:p><w:r><w:drawing><dgm:relIds r:dm="rIdData" r:lo="rIdNone"/></w:drawing></w:r></w:p>'
        '<w:p><w:r><w:drawing><c:chart r:id="rIdGone"/></w:drawing></w:r></w:p>'
        "<w:p><w:r><w:t>after</w:t></w:r></w:p></w:body></w:document>"
    )
    relations = (
        f'<Relationships xmlns="{_RELATIONS}">'
        f'<Relationship Id="rIdChart" Type="{_R}/chart" Target="charts/chart1.xml"/>'
        f'<Relationship Id="rIdData" Type="{_R}/diagramData" Target="diagrams/data1.xml"/>'
        f'<Relationship Id="rIdGone" Type="{_R}/chart" Target="charts/gone.xml"/>'
        "</Relationships>"
    )
    entries = {
        "word/document.xml": document,
        "word/_rels/document.xml.rels": relations,
        "word/charts/chart1.xml": _chart(),
        "word/diagrams/data1.xml": _diagram("Sow", "Reap"),
    }
    return _with(path, plain, entries)


def on_slide(path: Path, plain: Path) -> Path:
    """Draw a diagram (SmartArt) of two steps on the first slide, as PowerPoint keeps it."""
    slide, relations = "ppt/slides/slide1.xml", "ppt/slides/_rels/slide1.xml.rels"
    frame = (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="9" name="Steps"/>'
        "<p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr><a:graphic>"
        f'<a:graphicData uri="{_DGM}"><dgm:relIds xmlns:dgm="{_DGM}" xmlns:r="{_R}"'
        ' r:dm="rIdData" r:lo="rIdLayout" r:qs="rIdStyle" r:cs="rIdColours"/>'
        "</a:graphicData></a:graphic></p:graphicFrame></p:spTree>"
    )
    relation = (
        f'<Relationship Id="rIdData" Type="{_R}/diagramData" Target="../diagrams/data1.xml"/>'
        "</Relationships>"
    )
    with zipfile.ZipFile(plain) as source:
        shown, leads = source.read(slide).decode(), source.read(relations).decode()
    return _with(
        path,
        plain,
        {
            slide: shown.replace("</p:spTree>", frame),
            relations: leads.replace("</Relationships>", relation),
            "ppt/diagrams/data1.xml": _diagram("Sow", "Reap"),
        },
    )


def with_notes(path: Path, plain: Path) -> Path:
    """Put a paragraph with a footnote and a row with an endnote at the end of a document."""
    body, relations = "word/document.xml", "word/_rels/document.xml.rels"
    told = (
        '<w:p><w:r><w:t>It rains.</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r>'
        '<w:del><w:r><w:footnoteReference w:id="3"/></w:r></w:del></w:p>'
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>May</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r>"
        '<w:t>wet</w:t><w:endnoteReference w:id="2"/></w:r></w:p></w:tc></w:tr></w:tbl>'
    )
    leads = "".join(
        f'<Relationship Id="rId{kind}" Type="{_R}/{kind}s" Target="{kind}s.xml"/>'
        for kind in ("footnote", "endnote")
    )
    with zipfile.ZipFile(plain) as source:
        shown, led = source.read(body).decode(), source.read(relations).decode()
    return _with(
        path,
        plain,
        {
            body: shown.replace("<w:sectPr", f"{told}<w:sectPr", 1),
            relations: led.replace("</Relationships>", f"{leads}</Relationships>"),
            "word/footnotes.xml": _noted("footnote", "Seldom here.", "Struck out."),
            "word/endnotes.xml": _noted("endnote", "By ten gauges."),
        },
    )


def with_box(path: Path, plain: Path) -> Path:
    """Write a document whose first paragraph holds a box of a paragraph and a table."""
    markup = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    row = "".join(f"<w:tc><w:p>{_run(words)}</w:p></w:tc>" for words in ("May", "wet"))
    box = (
        f"<mc:AlternateContent xmlns:mc='{markup}'><mc:Choice><w:drawing><w:txbxContent>"
        f"<w:p>{_run('Mind this.')}</w:p><w:tbl><w:tr>{row}</w:tr></w:tbl>"
        "</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>"
        f"<w:p>{_run('Mind this.')}</w:p></w:txbxContent></w:pict></mc:Fallback>"
        "</mc:AlternateContent>"
    )
    document = (
        f'<w:document xmlns:w="{_W}"><w:body>'
        f"<w:p>{_run('It rains')}<w:r>{box}</w:r>{_run(' often.')}</w:p>"
        f"<w:p>{_run('after')}</w:p></w:body></w:document>"
    )
    return _with(path, plain, {"word/document.xml": document})


def with_formula(path: Path, plain: Path) -> Path:
    """Put a formula in the place of the word HERE on the first slide."""
    slide = "ppt/slides/slide1.xml"
    formula = (
        '</a:t></a:r><m xmlns="http://schemas.microsoft.com/office/drawing/2010/main">'
        '<o:oMath xmlns:o="http://schemas.openxmlformats.org/officeDocument/2006/math">'
        "<o:r><o:t>πr</o:t></o:r></o:oMath></m><a:r><a:t>"
    )
    with zipfile.ZipFile(plain) as source:
        shown = source.read(slide).decode()
    return _with(path, plain, {slide: shown.replace("HERE", formula)})


def sign(words: str) -> str:
    """Write a number, a letter or a sign of a formula."""
    return f"<m:r><m:t>{words}</m:t></m:r>"


def fraction(above: str, below: str) -> str:
    """Write a fraction of a formula."""
    return f"<m:f><m:num>{above}</m:num><m:den>{below}</m:den></m:f>"


def in_sentence(path: Path, plain: Path, formula: str) -> Path:
    """Write a document of one sentence that holds a formula."""
    document = (
        f'<w:document xmlns:w="{_W}" xmlns:m="{_M}"><w:body><w:p>{_run("It is ")}'
        f"<m:oMath>{formula}</m:oMath>{_run('.')}</w:p></w:body></w:document>"
    )
    return _with(path, plain, {"word/document.xml": document})


def _run(words: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{words}</w:t></w:r>'


def _noted(kind: str, *notes: str) -> str:
    told = "".join(
        f'<w:{kind} w:id="{number}"><w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:{kind}>'
        for number, words in enumerate(("-----", *notes), start=1)
    )
    return f'<w:{kind}s xmlns:w="{_W}">{told}</w:{kind}s>'


def _diagram(*steps: str) -> str:
    told = "".join(
        f"<dgm:pt><dgm:t><a:p><a:r><a:t>{step}</a:t></a:r></a:p></dgm:t></dgm:pt>" for step in steps
    )
    return (
        f'<dgm:dataModel xmlns:dgm="{_DGM}" xmlns:a="{_A}"><dgm:ptLst>{told}'
        "<dgm:pt><dgm:t><a:p/></dgm:t></dgm:pt></dgm:ptLst></dgm:dataModel>"
    )


def _with(path: Path, plain: Path, entries: Mapping[str, str]) -> Path:
    """Copy an Office file, with some of its parts in place of what it had."""
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as sink:
        for entry in source.infolist():
            if entry.filename not in entries:
                sink.writestr(entry, source.read(entry))
        for name, content in entries.items():
            sink.writestr(name, content)
    return path


def _chart() -> str:
    def points(*values: str) -> str:
        told = (f'<c:pt idx="{n}"><c:v>{one}</c:v></c:pt>' for n, one in enumerate(values) if one)
        return "".join(told)

    def series(name: str, *values: str) -> str:
        return (
            f"<c:ser><c:tx><c:strRef><c:strCache>{points(name)}</c:strCache></c:strRef></c:tx>"
            f"<c:cat><c:strRef><c:strCache>{points('Spring', 'Autumn')}</c:strCache></c:strRef>"
            f"</c:cat><c:val><c:numRef><c:numCache>{points(*values)}</c:numCache></c:numRef>"
            "</c:val></c:ser>"
        )

    return (
        f'<c:chartSpace xmlns:c="{_C}" xmlns:a="{_A}"><c:chart><c:title><c:tx><c:rich><a:p><a:r>'
        "<a:t>Harvest</a:t></a:r></a:p></c:rich></c:tx></c:title><c:plotArea><c:barChart>"
        f"{series('Wheat', '3', '')}{series('Rye', '1.5', '4')}"
        "</c:barChart></c:plotArea></c:chart></c:chartSpace>"
    )
