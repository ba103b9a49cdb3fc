"""Multipart form bodies read as they come: fields whole, the file in pieces."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from services.gateway.model import Invalid
from services.gateway.uploads.names import base_name
from shared.problems import Problem

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_FIELD_BYTES: Final = 64 * 1024
_PARTS: Final = 128
_BOUNDARY: Final = 200
FILE: Final = "file"


class BrokenForm(
    Problem,
    code="broken-form",
    status=HTTPStatus.BAD_REQUEST,
    title="The multipart body is broken",
):
    """The framing cannot be read, or ends early."""


class NoForm(
    Problem,
    code="no-form",
    status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    title="The body is not a multipart form",
):
    """Another content type, or none, or no boundary."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field, whole."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class FileBegins:
    """A file starts here."""

    filename: str
    media_type: str


@dataclass(frozen=True, slots=True)
class FileBytes:
    """The next bytes of the file."""

    data: bytes


Piece = Field | FileBegins | FileBytes


def boundary_of(content_type: str | None) -> bytes:
    """Find the boundary in a Content-Type header; `NoForm` if it is not a form's."""
    media_type, options = parse_options_header(content_type or "")
    boundary = options.get(b"boundary", b"")
    if media_type != b"multipart/form-data" or not 0 < len(boundary) <= _BOUNDARY:
        raise NoForm("Send multipart/form-data with a boundary and the file as `file`.")
    return boundary


async def pieces(chunks: AsyncIterator[bytes], boundary: bytes) -> AsyncIterator[Piece]:
    """Read a form; `BrokenForm` or `Invalid` say what is wrong with it."""
    reader = _Reader()
    parser = MultipartParser(boundary, reader.callbacks())
    async for chunk in chunks:
        try:
            parser.write(chunk)
        except MultipartParseError as broken:
            raise BrokenForm("The parts are not framed as the boundary says.") from broken
        for piece in reader.take():
            yield piece
    if not reader.ended:
        raise BrokenForm("The body ends before its closing boundary.")


class _Reader:
    """Gathers what the parser calls back with."""

    def __init__(self) -> None:
        self.ended = False
        self._pieces: list[Piece] = []
        self._parts = 0
        self._files = 0
        self._begin()

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def take(self) -> list[Piece]:
        taken, self._pieces = self._pieces, []
        return taken

    def _begin(self) -> None:
        self._headers: dict[bytes, bytes] = {}
        self._header_name = b""
        self._header_text = b""
        self._name = ""
        self._is_file = False
        self._value = bytearray()

    def _begin_part(self) -> None:
        self._begin()
        self._parts += 1
        if self._parts > _PARTS:
            raise _invalid("", f"A form has at most {_PARTS} parts.")

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_text += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._header_name.lower()] = self._header_text
        self._header_name = self._header_text = b""

    def _headers_finished(self) -> None:
        disposition, options = parse_options_header(self._headers.get(b"content-disposition"))
        if disposition != b"form-data" or b"name" not in options:
            raise BrokenForm("Every part needs `Content-Disposition: form-data` with a name.")
        self._name = _text(options[b"name"])
        filename = options.get(b"filename")
        self._is_file = filename is not None
        if filename is not None:
            self._begin_file(_text(filename))
        elif self._name == FILE:
            raise _invalid(FILE, "The part `file` needs a filename, or it is no file.")

    def _begin_file(self, filename: str) -> None:
        self._files += 1
        if self._name != FILE:
            raise _invalid(self._name, "The file belongs into the part `file`.")
        if self._files > 1:
            raise _invalid(FILE, "Send one file with each request.")
        base = base_name(_unescaped(filename))
        if base is None:
            raise _invalid(FILE, "The file needs a name of 1 to 255 printable characters.")
        media_type = _text(self._headers.get(b"content-type", b"application/octet-stream"))
        self._pieces.append(FileBegins(base, media_type.partition(";")[0].strip().lower()))

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._pieces.append(FileBytes(data[start:end]))
            return
        self._value += data[start:end]
        if len(self._value) > _FIELD_BYTES:
            raise _invalid(self._name, f"A field has at most {_FIELD_BYTES} bytes.")

    def _part_end(self) -> None:
        if not self._is_file:
            self._pieces.append(Field(self._name, _text(bytes(self._value))))

    def _end(self) -> None:
        self.ended = True


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as other:
        raise _invalid("", "Names and fields are UTF-8.") from other
    if "\x00" in text:
        raise _invalid("", "Names and fields have no NUL characters.")
    return text


def _unescaped(filename: str) -> str:
    """Undo what browsers do to quotes and line ends (the HTML standard's form encoding)."""
    return filename.replace("%22", '"').replace("%0D", "").replace("%0A", "")


def _invalid(name: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[{"pointer": f"#/{name}" if name else "#", "detail": detail}])
