"""Other ways to write the same file: other encodings, other numbers of letters."""

import zipfile
from pathlib import Path

from lxml import etree
from reportlab.lib.fonts import addMapping
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont


def recoded_zip(path: Path, whole: Path, encoding: str) -> Path:
    """Copy a zip with all its marked-up texts in another encoding."""
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w") as sink:
        for entry in source.infolist():
            content = source.read(entry)
            if content.startswith(b"<"):
                tree = etree.ElementTree(etree.fromstring(content))
                content = etree.tostring(tree, encoding=encoding, xml_declaration=True)
            sink.writestr(entry, content)
    return path


def font(way: str) -> str:
    """Make a font known whose letters are numbered in another way."""
    if way == "subset":  # of TrueType, whose letters are numbered as they come
        pdfmetrics.registerFont(TTFont(way, "Vera.ttf"))
    else:
        pdfmetrics.registerFont(pdfmetrics.Font(way, "Times-Roman", "MacRomanEncoding"))
    addMapping(way, 0, 0, way)
    return way
