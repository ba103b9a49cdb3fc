"""Pictures and scanned pages: read where tesseract is installed, and told of where it is not."""

import struct
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from services.document.extract.formats import extract
from services.document.extract.outcome import Extracted, Limits
from services.document.extract.recognise import Eyes
from services.document.model.facts import Unreadable
from tests.unit.document.extract import files
from tests.unit.document.extract.behaviour import (
    LIMITS,
    hold_together,
    reason,
)
from tests.unit.document.extract.eyes import EYES, needs_tesseract

KINDS = ["png", "jpeg", "tiff", "webp", "gif", "bmp"]
HARBOUR = ["The harbour was built where", "two currents meet, because the", "sand settles there."]


def see(path: Path, media_type: str) -> Extracted:
    extracted = extract(path, media_type, LIMITS, EYES)
    hold_together(extracted)
    return extracted


@needs_tesseract
class TestSeen:
    @pytest.mark.parametrize("kind", ["png", "tiff"])
    def test_shades_finer_than_eight_bits_are_shades(self, tmp_path: Path, kind: str) -> None:
        fine = files.scan(HARBOUR).convert("I").point(lambda shade: shade * 180 + 15_000)
        fine.convert("I;16").save(tmp_path / "fine", kind)

        assert see(tmp_path / "fine", f"image/{kind}").text == " ".join(HARBOUR)

    def test_what_is_transparent_lies_on_white_paper(self, tmp_path: Path) -> None:
        clear = Image.new("RGBA", (900, 1273), (0, 0, 0, 0))
        ink = files.scan(HARBOUR).convert("L").point(lambda shade: 255 - shade)
        clear.paste((0, 0, 0, 255), (0, 0), ink)
        clear.save(tmp_path / "clear.png")

        assert "two currents meet" in see(tmp_path / "clear.png", "image/png").text

    def test_a_picture_lying_on_its_side_is_put_upright(self, tmp_path: Path) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        files.scan(HARBOUR).rotate(90, expand=True).save(tmp_path / "side.jpeg", exif=exif)

        assert "two currents meet" in see(tmp_path / "side.jpeg", "image/jpeg").text

    def test_of_a_pdf_only_pages_without_words_of_their_own_are_recognised(
        self, tmp_path: Path
    ) -> None:
        book = files.Book(tmp_path / "mixed.pdf").page(("p", "Words as words: qwrtz uiop."))
        book.picture(files.scan(HARBOUR)).page(("p", "More words."))

        extracted = see(book.done(), files.PDF)

        second = extracted.pages[1]
        assert extracted.troubles == ()
        assert "qwrtz uiop" in extracted.text
        assert " ".join(HARBOUR) in extracted.text[second.start : second.end]

    def test_a_scan_with_a_stamp_is_a_scan(self, tmp_path: Path) -> None:
        book = files.Book(tmp_path / "stamped.pdf")
        for word in ("amber", "birch", "cedar"):
            book.picture(files.scan([*HARBOUR, f"This is {word}."]), stamp="Scanned by CopyCat")

        text = see(book.done(), files.PDF).text

        assert all(f"This is {word}." in text for word in ("amber", "birch", "cedar"))
        assert "CopyCat" not in text

    def test_page_numbers_of_scans_are_not_text(self, tmp_path: Path) -> None:
        book = files.Book(tmp_path / "scans.pdf")
        for number in range(1, 4):
            book.picture(files.scan(HARBOUR, foot=f"- {number} -"))

        text = see(book.done(), files.PDF).text

        assert text.count("two currents meet") == 3
        assert "2" not in text

    def test_a_photo_without_words_has_no_text(self, tmp_path: Path) -> None:
        Image.effect_noise((400, 300), 30).save(tmp_path / "photo.png")

        with pytest.raises(Unreadable) as unreadable:
            see(tmp_path / "photo.png", "image/png")

        assert unreadable.value.code == "no-text"

    def test_a_page_that_takes_too_long_is_a_warning(self, tmp_path: Path) -> None:
        book = files.Book(tmp_path / "slow.pdf").page(("p", "Words.")).picture(files.scan(HARBOUR))
        hasty = Eyes(EYES.program, "eng", 0.01)

        extracted = extract(book.done(), files.PDF, LIMITS, hasty)

        assert [(one.code, one.page) for one in extracted.troubles] == [("timed-out", 2)]
        assert extracted.text == "Words."


@needs_tesseract
class TestLying:
    @pytest.mark.parametrize("turn", [90, 180, 270])
    def test_a_scan_is_read_whichever_way_it_lies(self, tmp_path: Path, turn: int) -> None:
        page = files.scan([*HARBOUR, "", "", "Pilots wait for the tide."])
        page.rotate(turn, expand=True).save(tmp_path / "lying.png")

        text = see(tmp_path / "lying.png", "image/png").text

        assert text == f"{' '.join(HARBOUR)}\n\nPilots wait for the tide."

    def test_pages_of_a_pdf_lie_each_in_its_own_way(self, tmp_path: Path) -> None:
        book = files.Book(tmp_path / "scans.pdf")
        words = ["amber", "birch", "cedar", "hazel"]
        for number, word in enumerate(words):
            page = files.scan([f"This page speaks of {word} only."], foot=f"- {number} -")
            book.picture(page.rotate(90 * number, expand=True))

        extracted = see(book.done(), files.PDF)

        said = [extracted.text[page.start : page.end].strip() for page in extracted.pages]
        assert said == [f"This page speaks of {word} only." for word in words]


class TestLookedAt:
    """How often, with a program that sees one word and is as sure of it as it is told to be."""

    @pytest.mark.parametrize(("sure", "looks"), [(90, 1), (30, 2)])
    def test_only_what_is_doubtful_is_looked_at_again(
        self, tmp_path: Path, sure: int, looks: int
    ) -> None:
        program = files.onlooker(tmp_path, sure)

        sight = Eyes(str(program), "eng", 20).see(files.scan(HARBOUR), 100)

        assert [line.text for line in sight.lines] == ["harbour"]
        assert sight.doubt is None
        assert (tmp_path / "looks").read_text() == "look\n" * looks

    def test_when_time_is_up_what_the_first_look_saw_is_kept_with_a_warning(
        self, tmp_path: Path
    ) -> None:
        eyes = Eyes(str(files.onlooker(tmp_path, 30, "sleep 60")), "eng", 3)
        files.scan(HARBOUR).save(tmp_path / "page.png")
        began = time.monotonic()

        extracted = extract(tmp_path / "page.png", "image/png", LIMITS, eyes)

        assert extracted.text == "harbour"
        assert [(one.code, one.page) for one in extracted.troubles] == [("timed-out", 1)]
        assert time.monotonic() - began < 30

    def test_when_the_second_look_fails_a_page_of_a_book_is_kept_with_a_warning(
        self, tmp_path: Path
    ) -> None:
        book = files.Book(tmp_path / "mixed.pdf").page(("p", "Words.")).picture(files.scan(HARBOUR))
        eyes = Eyes(str(files.onlooker(tmp_path, 30, "exit 1")), "eng", 60)

        extracted = extract(book.done(), files.PDF, LIMITS, eyes)

        assert extracted.text == "Words.\n\nharbour"
        assert [(one.code, one.page) for one in extracted.troubles] == [("no-text", 2)]


class TestUnseen:
    def test_without_recognition_a_picture_has_no_text_and_the_advice_says_what_helps(
        self, tmp_path: Path
    ) -> None:
        files.scan(HARBOUR).save(tmp_path / "a.png")

        with pytest.raises(Unreadable) as unreadable:
            extract(tmp_path / "a.png", "image/png", LIMITS)

        assert unreadable.value.code == "no-text"
        assert "tesseract" in unreadable.value.detail

    def test_without_recognition_a_scanned_page_is_a_warning(self, tmp_path: Path) -> None:
        book = files.Book(tmp_path / "mixed.pdf").page(("p", "Words.")).picture(files.scan(HARBOUR))

        extracted = extract(book.done(), files.PDF, LIMITS)

        assert [(one.code, one.page) for one in extracted.troubles] == [("no-text", 2)]
        assert extracted.text == "Words."

    def test_a_stamp_alone_is_not_taken_for_the_page(self, tmp_path: Path) -> None:
        book = files.Book(tmp_path / "stamped.pdf").page(("p", "Words."))
        book.picture(files.scan(HARBOUR), stamp="Scanned by CopyCat")

        extracted = extract(book.done(), files.PDF, LIMITS)

        assert [(one.code, one.page) for one in extracted.troubles] == [("no-text", 2)]

    def test_a_program_that_fails_is_a_warning(self, tmp_path: Path) -> None:
        book = files.Book(tmp_path / "mixed.pdf").page(("p", "Words.")).picture(files.scan(HARBOUR))

        extracted = extract(book.done(), files.PDF, LIMITS, Eyes("/bin/false", "eng", 20))

        assert [(one.code, one.page) for one in extracted.troubles] == [("no-text", 2)]


class TestHostile:
    @pytest.mark.parametrize("kind", KINDS)
    def test_a_picture_of_too_many_pixels_is_refused_unopened(
        self, tmp_path: Path, kind: str
    ) -> None:
        files.scan(HARBOUR).save(tmp_path / "large", kind)
        few = Limits(pixels=1_000)

        assert reason(tmp_path / "large", f"image/{kind}", few) == "too-large"

    def test_a_bomb_is_refused_at_once(self, tmp_path: Path) -> None:
        files.scan(HARBOUR).save(tmp_path / "bomb.png")
        content = bytearray((tmp_path / "bomb.png").read_bytes())
        content[16:24] = struct.pack(">II", 60_000, 60_000)
        content[29:33] = struct.pack(">I", zlib.crc32(bytes(content[12:29])))
        (tmp_path / "bomb.png").write_bytes(content)
        began = time.process_time()

        assert reason(tmp_path / "bomb.png", "image/png") == "too-large"
        assert time.process_time() - began < 1

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_picture_cut_off_or_of_another_kind_is_corrupt(
        self, tmp_path: Path, kind: str
    ) -> None:
        path = tmp_path / "cut"
        files.scan(HARBOUR).save(path, kind)
        path.write_bytes(path.read_bytes()[:40])

        with pytest.raises(Unreadable) as unreadable:
            extract(path, f"image/{kind}", LIMITS, EYES)
        assert unreadable.value.code == "corrupt"

        path.write_bytes(b"no picture at all" * 9)
        assert reason(path, f"image/{kind}") == "corrupt"
