"""Reads pictures (PNG, JPEG, TIFF, WebP, GIF, BMP): each is a page of words to be recognised."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from PIL import Image, ImageOps, UnidentifiedImageError

from services.document.extract.leaves import Leaf, Rows
from services.document.extract.outcome import Extracted, Limits
from services.document.extract.parts import Parts, Picture
from services.document.extract.printed.composition import compose, rows_of
from services.document.extract.recognise import RESOLUTION, Eyes
from services.document.model.facts import Unreadable

_KINDS: Final = ("PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP")
_PAGED: Final = "TIFF"
_FINE: Final = range(100, 1201)
"""Dots an inch that a picture may rightly claim; others are made up by some program."""
_LETTER_INCHES: Final = 8.3


@contextmanager
def open_picture(path: Path, limits: Limits) -> Iterator[Parts]:
    """Open a picture; a TIFF may have many pages, of others only the first is looked at."""
    Image.MAX_IMAGE_PIXELS = None  # we judge ourselves, and refuse instead of warning
    try:
        picture = Image.open(path, formats=_KINDS)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise Unreadable("corrupt", "it is not a picture that can be read") from error
    with picture:
        _check_size(picture, limits)
        count = _frames(picture) if picture.format == _PAGED else 1
        if count > limits.pages:
            raise Unreadable(
                "too-many-pages", f"it has {count:,} pages, and {limits.pages:,} are read"
            )
        yield _Picture(picture, count, limits)


@dataclass(frozen=True, slots=True)
class _Picture:
    picture: Image.Image
    count: int
    limits: Limits

    def read(self, number: int, eyes: Eyes | None) -> Rows:
        if eyes is None:
            raise Picture
        if self.count > 1:
            self.picture.seek(number - 1)
            _check_size(self.picture, self.limits)
        try:
            upright = _upright(_opaque(self.picture))
        except (OSError, ValueError, SyntaxError) as error:
            raise Unreadable("corrupt", "this picture is damaged") from error
        sight = eyes.see(upright, _resolution(upright))
        return rows_of(sight.lines, sight.doubt)

    def compose(self, leaves: Sequence[Leaf]) -> Extracted:
        return compose(leaves, (), self.limits)


def _check_size(picture: Image.Image, limits: Limits) -> None:
    """Refuse a picture that unfolds beyond measure, before a pixel of it is unpacked."""
    if picture.width * picture.height > limits.pixels:
        raise Unreadable(
            "too-large",
            f"it has {picture.width:,} by {picture.height:,} pixels,"
            f" and {limits.pixels:,} in all are read",
        )


def _frames(picture: Image.Image) -> int:
    try:
        return int(getattr(picture, "n_frames", 1))
    except (OSError, ValueError, SyntaxError) as error:
        raise Unreadable("corrupt", "its pages cannot be counted") from error


def _opaque(picture: Image.Image) -> Image.Image:
    """Put what is transparent on white paper."""
    if picture.mode.startswith(("I", "F")):
        return _in_eight_bits(picture)
    if not picture.has_transparency_data:
        picture.load()
        return picture
    seen = picture.convert("RGBA")
    paper = Image.new("RGBA", seen.size, "white")
    paper.alpha_composite(seen)
    return paper


def _in_eight_bits(picture: Image.Image) -> Image.Image:
    """Spread finer shades from black to white; a plain conversion makes all but black white."""
    fine = picture if picture.mode == "F" else picture.convert("I").convert("F")
    dark, bright = cast("tuple[float, float]", fine.getextrema())
    spread = 255 / (bright - dark) if bright > dark else 0.0
    seen = fine.point(lambda shade: shade * spread + (-dark * spread)).convert("L")
    seen.info = picture.info
    return seen


def _upright(picture: Image.Image) -> Image.Image:
    """Turn a picture as it says; what it says may be nonsense."""
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # noqa: BLE001  # Pillow raises whatever broken notes make it stumble over
        return picture


def _resolution(picture: Image.Image) -> float:
    """Believe what the picture says of its dots an inch, or else take it for a page of paper."""
    told = float(picture.info.get("dpi", (0, 0))[0] or 0)
    return (
        told
        if _FINE[0] <= told <= _FINE[-1]
        else max(RESOLUTION / 4, picture.width / _LETTER_INCHES)
    )
