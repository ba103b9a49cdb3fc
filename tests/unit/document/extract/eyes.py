"""Eyes for tests: the real program, where it is installed."""

import shutil
from dataclasses import dataclass, field

import pytest
from PIL import Image

from services.document.extract.recognise import Eyes, Sight

_PROGRAM = shutil.which("tesseract")
EYES = Eyes(_PROGRAM or "tesseract", "eng", 120)

needs_tesseract = pytest.mark.skipif(
    _PROGRAM is None, reason="tesseract is not installed here (apt-get install tesseract-ocr)"
)


@dataclass(frozen=True, slots=True)
class Mindful(Eyes):
    """Eyes that look but once at the same sheet, however many kinds of files show it."""

    known: dict[tuple[bytes, tuple[int, int], float], Sight] = field(default_factory=dict)

    def see(self, picture: Image.Image, resolution: float) -> Sight:
        grey = picture.convert("L")
        sheet = grey.tobytes(), grey.size, resolution
        if sheet not in self.known:
            self.known[sheet] = Eyes.see(self, grey, resolution)
        return self.known[sheet]


MINDFUL = Mindful(EYES.program, EYES.languages, EYES.seconds)
