"""The true type of content, told by its structure whatever its name says."""

import contextlib
import hashlib
import io
import os
import random
import struct
import tracemalloc
import zipfile

import pytest
from PIL import Image

from services.storage.content import EICAR, TAIL, Guess, Reading, true_type
from services.storage.content.archives import DOCX, EPUB, MOST_UNPACKED, PPTX, XLSX
from services.storage.content.kinds import PDF
from services.storage.content.texts import HTML, MARKDOWN, PLAIN
from services.storage.model.errors import Corrupt, Encrypted, Malware, TooLarge, UnsupportedType

NOTHING = Guess("unknown", "Unknown binary data", 0.3)
SLIDES = {"[Content_Types].xml": b"<Types/>", "ppt/presentation.xml": b"<presentation/>"}
CELLS = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}
BOOK = {"mimetype": b"application/epub+zip", "META-INF/container.xml": b"<container/>"}
WORD = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>"}


def reading(content: bytes, chunk: int = 100_000) -> Reading:
    whole = Reading()
    for start in range(0, len(content), chunk):
        whole.feed(content[start : start + chunk])
    return whole


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def painted(kind: str) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((64, 48), 50).save(file, kind)
    return file.getvalue()


class TestReading:
    @pytest.mark.parametrize("size", [0, 1, TAIL, 3 * TAIL + 7])
    def test_it_counts_hashes_and_remembers_both_ends(self, size: int) -> None:
        content = os.urandom(size)

        seen = reading(content)

        assert seen.size == size
        assert seen.sha256 == hashlib.sha256(content).hexdigest()
        assert content.startswith(seen.head)
        assert seen.tail == content[-TAIL:]

    def test_of_something_large_it_holds_little(self) -> None:
        seen = Reading()
        for _ in range(50):
            seen.feed(bytes(TAIL))

        assert len(seen._tail) <= 3 * TAIL


class TestTrueType:
    @pytest.mark.parametrize(
        ("content", "suffix", "expected"),
        [
            (b"%PDF-1.7\n...", ".pdf", PDF),
            (b"\n\n%PDF-1.4\n...", ".pdf", PDF),
            (b"%PDF-1.7\n...", ".docx", PDF),
            (zipped(WORD), ".docx", DOCX),
            (zipped(WORD), ".pdf", DOCX),
            (zipped({**WORD, "word/media/image.png": os.urandom(3 * TAIL)}), ".docx", DOCX),
            (b"<!DOCTYPE html><p>Light</p>", ".html", HTML),
            (b"<p>Light</p>", ".htm", HTML),
            (b"\xef\xbb\xbf  <html><p>Light</p></html>", ".txt", HTML),
            (b"# Light\n\nIt *bends*.", ".md", MARKDOWN),
            (b"# Light\n\nIt *bends*.", ".txt", PLAIN),
            (b"Light bends.", "", PLAIN),
            ("Das Licht ändert seine Richtung.".encode("latin-1"), ".txt", PLAIN),
            ("光は曲がる。".encode("shift_jis"), ".txt", PLAIN),
            ("Light bends.".encode("utf-16"), ".TXT", PLAIN),
            ("Light bends.".encode("utf-16-le"), ".txt", PLAIN),
            ("Light bends.".encode("utf-16-be"), ".txt", PLAIN),
            ("\ufeffLight bends.".encode("utf-32-be"), ".txt", PLAIN),
            (b"import os\n\nprint(os.name)\n", ".txt", PLAIN),
            (zipped(SLIDES), ".pptx", PPTX),
            (zipped(CELLS), ".docx", XLSX),
            (zipped(BOOK), ".zip", EPUB),
            (b"river,length\nRhine,1230\n", ".csv", "text/csv"),
            (b"river\tlength\n", ".tsv", "text/tab-separated-values"),
            (b"Light\n=====\n", ".rst", "text/x-rst"),
            (b"import os\n", ".py", "text/x-python"),
            (b"<html><?php echo 1 ?>", ".php", "text/x-php"),
            (b"package main\n", ".go", "text/x-go"),
            (b"{}", ".json", "application/json"),
            (b"a: 1", ".YAML", "text/yaml"),
        ],
    )
    def test_what_can_be_read_is_told_by_content_and_among_texts_by_name(
        self, content: bytes, suffix: str, expected: str
    ) -> None:
        assert true_type(reading(content), suffix, NOTHING) == expected

    @pytest.mark.parametrize(
        ("content", "suffix", "words"),
        [
            (b"MZ\x90\x00" + bytes(300), ".pdf", "a Windows program"),
            (b"\x7fELF\x02" + bytes(300), ".txt", "a Linux program"),
            (rb"{\rtf1 Light}", ".txt", "an RTF document"),
            (zipped({"a.txt": b"a"}), ".docx", "a zip archive"),
            (zipped({"xl/workbook.xml": b"<x/>"}), ".docx", "a zip archive"),
            (zipped({"[Content_Types].xml": b"", "xl/workbook.bin": b""}), ".xlsx", "binary Excel"),
            (zipped({"mimetype": b"", "content.xml": b""}), ".odt", "an OpenDocument file"),
            (zipped({**SLIDES, "ppt/vbaProject.bin": b"x"}), ".pptx", "with macros"),
            (b"Light bends.", ".png", "under a name in .png"),
            (b"Light bends.", ".nowhere", "under a name in .nowhere"),
            (zipped({**WORD, "word/vbaProject.bin": b"x"}), ".docx", "with macros"),
            (b"Light bends.", ".pdf", "under a name in .pdf"),
            (b"<html>Please sign in</html>", ".pdf", "under a name in .pdf"),
            (b"Light bends.", ".exe", "under a name in .exe"),
            (os.urandom(5000), ".txt", "of no type we know"),
            (b"Light\0bends", ".txt", "of no type we know"),
        ],
    )
    def test_what_cannot_be_read_is_refused_and_named(
        self, content: bytes, suffix: str, words: str
    ) -> None:
        with pytest.raises(UnsupportedType, match=words):
            true_type(reading(content), suffix, NOTHING)

    @pytest.mark.parametrize("kind", ["png", "jpeg", "tiff", "webp", "gif", "bmp"])
    def test_a_picture_is_told_by_its_mark_and_measured(self, kind: str) -> None:
        content = painted(kind)

        assert true_type(reading(content), ".Jpg", NOTHING) == f"image/{kind}"
        assert true_type(reading(content), "", NOTHING) == f"image/{kind}"
        for suffix in (".pdf", ".docx", ".txt"):
            with pytest.raises(UnsupportedType, match=f"a picture under a name in {suffix}"):
                true_type(reading(content), suffix, NOTHING)

    @pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
    def test_a_picture_cut_off_is_corrupt(self, kind: str) -> None:
        content = painted(kind)

        with pytest.raises(Corrupt):
            true_type(reading(content[: len(content) // 2]), f".{kind}", NOTHING)

    @pytest.mark.parametrize(
        ("kind", "at", "size"),
        [
            ("png", 16, struct.pack(">II", 60_000, 60_000)),
            ("gif", 6, struct.pack("<HH", 65_535, 65_535)),
            ("bmp", 18, struct.pack("<ii", 60_000, -60_000)),
        ],
    )
    def test_a_picture_that_unfolds_beyond_measure_is_too_large(
        self, kind: str, at: int, size: bytes
    ) -> None:
        content = painted(kind)
        bomb = content[:at] + size + content[at + len(size) :]

        with pytest.raises(TooLarge, match="pixels"):
            true_type(reading(bomb), f".{kind}", NOTHING)

    @pytest.mark.parametrize("kind", ["png", "jpeg", "tiff", "webp", "gif", "bmp"])
    def test_damaged_pictures_are_told_or_refused_and_nothing_else(self, kind: str) -> None:
        whole, dice = painted(kind), random.Random(3)  # noqa: S311  # damage, not secrets
        for _ in range(200):
            damaged = bytearray(whole[: dice.randrange(12, len(whole))])
            damaged[dice.randrange(12, len(damaged) + 1) - 1] = dice.randrange(256)
            with contextlib.suppress(Corrupt, TooLarge, UnsupportedType):
                true_type(reading(bytes(damaged)), "", NOTHING)

    @pytest.mark.parametrize(("members", "name"), [(WORD, "word/document.xml"), (BOOK, "a.xhtml")])
    def test_a_zip_that_unfolds_beyond_measure_is_too_large(
        self, members: dict[str, bytes], name: str
    ) -> None:
        content = zipped(members | {name: b"x"})
        entry = content.rindex(b"PK\x01\x02", 0, content.rindex(name.encode()))
        bomb = bytearray(content)
        bomb[entry + 24 : entry + 28] = (MOST_UNPACKED + 1).to_bytes(4, "little")

        with pytest.raises(TooLarge, match="unfolds"):
            true_type(reading(bytes(bomb)), ".docx", NOTHING)

    def test_films_on_slides_do_not_count_as_text(self) -> None:
        content = zipped({**SLIDES, "ppt/media/film.mp4": b"x"})
        entry = content.rindex(b"PK\x01\x02")
        large = bytearray(content)
        large[entry + 24 : entry + 28] = (MOST_UNPACKED + 1).to_bytes(4, "little")

        assert true_type(reading(bytes(large)), ".pptx", NOTHING) == PPTX

    def test_a_locked_zip_is_encrypted(self) -> None:
        content = bytearray(zipped(WORD))
        entry = content.index(b"PK\x01\x02")
        content[entry + 8] |= 1

        with pytest.raises(Encrypted):
            true_type(reading(bytes(content)), ".docx", NOTHING)

    @pytest.mark.parametrize("group", ["code", "text"])
    def test_a_text_under_an_unknown_name_is_read_if_it_looks_like_one(self, group: str) -> None:
        guess = Guess("txt", "Generic text document", 0.9, group)

        assert true_type(reading(b"Light bends."), ".notes", guess) == PLAIN
        with pytest.raises(UnsupportedType):
            true_type(reading(b"Light bends."), ".exe", guess)

    def test_the_guess_names_what_has_no_mark_of_its_own(self) -> None:
        guess = Guess("mp3", "MP3 media file", 0.9)

        with pytest.raises(UnsupportedType, match="of the type MP3 media file"):
            true_type(reading(os.urandom(1000)), ".pdf", guess)

    @pytest.mark.parametrize("suffix", [".txt", ".pdf", ".docx"])
    @pytest.mark.parametrize("content", [EICAR, EICAR + b"\r\n", b"\xef\xbb\xbf\n" + EICAR])
    def test_the_eicar_file_is_malware_under_every_name(self, content: bytes, suffix: str) -> None:
        with pytest.raises(Malware) as refused:
            true_type(reading(content), suffix, NOTHING)

        assert refused.value.quarantined

    def test_a_text_about_the_eicar_file_is_just_a_text(self) -> None:
        content = b"The test file reads " + EICAR

        assert true_type(reading(content), ".txt", NOTHING) == PLAIN

    def test_a_docx_cut_off_is_corrupt(self) -> None:
        with pytest.raises(Corrupt):
            true_type(reading(zipped(WORD)[:-30]), ".docx", NOTHING)

    def test_a_zip_whose_directory_is_larger_than_what_is_remembered_is_corrupt(self) -> None:
        content = zipped({f"{n:0200}": b"" for n in range(8000)})

        with pytest.raises(Corrupt):
            true_type(reading(content), ".docx", NOTHING)

    def test_a_zip_that_lies_about_its_directory_costs_nothing(self) -> None:
        content = bytearray(zipped({**WORD, "a": os.urandom(40 * TAIL)}))
        end = content.rindex(b"PK\x05\x06")
        content[end + 12 : end + 16] = (39 * TAIL).to_bytes(4, "little")
        seen = reading(bytes(content))
        del content

        tracemalloc.start()
        with pytest.raises(Corrupt):
            true_type(seen, ".docx", NOTHING)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        assert peak < 8 * TAIL

    def test_a_docx_with_a_password_is_encrypted(self) -> None:
        container = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000)
        locked = container + "EncryptedPackage".encode("utf-16-le") + bytes(1000)

        with pytest.raises(Encrypted):
            true_type(reading(locked), ".docx", NOTHING)
        with pytest.raises(UnsupportedType, match="an older Microsoft Office document"):
            true_type(reading(container), ".doc", NOTHING)
