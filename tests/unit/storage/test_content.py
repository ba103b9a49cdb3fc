"""The true type of content, told by its structure whatever its name says."""

import hashlib
import io
import os
import tracemalloc
import zipfile

import pytest

from services.storage.content import (
    DOCX,
    EICAR,
    HTML,
    MARKDOWN,
    PDF,
    PLAIN,
    TAIL,
    Guess,
    Reading,
    true_type,
)
from services.storage.model.errors import Corrupt, Encrypted, Malware, UnsupportedType

NOTHING = Guess("unknown", "Unknown binary data", 0.3)
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
            (b"import os\n\nprint(os.name)\n", ".txt", PLAIN),
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
            (b"\x89PNG\r\n\x1a\n" + bytes(300), ".pdf", "a PNG image"),
            (rb"{\rtf1 Light}", ".txt", "an RTF document"),
            (zipped({"a.txt": b"a"}), ".docx", "a zip archive"),
            (zipped({"xl/workbook.xml": b"<x/>"}), ".docx", "an Excel workbook"),
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
