"""What people add to a printed page is read where it stands: values of forms, and notes."""

import time
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from services.document.extract.formats import extract
from services.document.extract.outcome import Extracted
from tests.unit.document.extract import files
from tests.unit.document.extract.behaviour import LIMITS, hold_together
from tests.unit.document.extract.forms import Form

PASSWORD = 1 << 13
PROSE = [
    "The harbour was built where two currents meet, because the sand they",
    "carry settles there and keeps the basin shallow. Every spring the town",
    "dredges it again.",
]


def printed(path: Path, *lines: tuple[float, float, str]) -> Path:
    """Print lines from the left at a height."""
    canvas = Canvas(str(path), pagesize=(files.WIDTH, files.HEIGHT))
    canvas.setFont("Times-Roman", 11)
    for left, height, words in lines:
        canvas.drawString(left, height, words)
    canvas.showPage()
    canvas.save()
    return path


def read(path: Path) -> Extracted:
    extracted = extract(path, files.PDF, LIMITS)
    hold_together(extracted)
    return extracted


@pytest.fixture
def application(tmp_path: Path) -> Form:
    """An application with two fields beside and one below their labels."""
    return Form(
        printed(
            tmp_path / "plain.pdf",
            (72, 740, "Application for a mooring"),
            (72, 700, "Name of the boat:"),
            (72, 670, "Home port:"),
            (72, 620, "Remarks"),
            (72, 540, "I agree to the rules of the harbour."),
        )
    )


class TestForms:
    def test_values_stand_beside_or_below_their_labels(
        self, tmp_path: Path, application: Form
    ) -> None:
        application.text("Ōkami 狼", (200, 696, 400, 712)).text("Visby", (200, 666, 400, 682))
        application.text("Two masts.\rLeaks a little.", (72, 570, 400, 610))

        text = read(application.save(tmp_path / "form.pdf")).text

        assert text == (
            "Application for a mooring\n\nName of the boat:\tŌkami 狼\nHome port:\tVisby\n\n"
            "Remarks\n\nTwo masts.\nLeaks a little.\n\nI agree to the rules of the harbour."
        )

    @pytest.mark.parametrize(("on", "told"), [(True, "☒ I agree"), (False, "\n\nI agree")])
    def test_a_tick_stands_before_what_it_says_yes_to(
        self, tmp_path: Path, application: Form, on: bool, told: str
    ) -> None:
        application.tick((52, 538, 64, 550), on=on)

        assert told in read(application.save(tmp_path / "form.pdf")).text

    def test_what_was_chosen_is_told_as_it_is_shown(
        self, tmp_path: Path, application: Form
    ) -> None:
        ports = {"p1": "Visby", "p2": "Old Port"}
        application.choice("p2", ports, (200, 666, 400, 682))

        assert "Home port: Old Port" in read(application.save(tmp_path / "form.pdf")).text

    def test_a_value_may_be_that_of_a_parent(self, tmp_path: Path, application: Form) -> None:
        application.inherited("Visby", (200, 666, 400, 682))

        assert "Home port: Visby" in read(application.save(tmp_path / "form.pdf")).text

    def test_passwords_and_what_is_hidden_are_not_text(
        self, tmp_path: Path, application: Form
    ) -> None:
        application.text("secret", (200, 666, 400, 682), flags=PASSWORD)
        application.text("unseen", (200, 696, 400, 712), hidden=True)

        text = read(application.save(tmp_path / "form.pdf")).text

        assert "secret" not in text
        assert "unseen" not in text

    def test_a_form_of_values_alone_is_read(self, tmp_path: Path) -> None:
        form = Form(printed(tmp_path / "plain.pdf")).text("Visby", (200, 666, 400, 682))

        assert read(form.save(tmp_path / "form.pdf")).text == "Visby"

    def test_values_on_a_scan_that_nobody_recognises_are_kept_with_the_warning(
        self, tmp_path: Path
    ) -> None:
        scan = files.Book(tmp_path / "scan.pdf").picture(files.scan(["Home port"])).done()
        form = Form(scan).text("Visby", (200, 666, 400, 682))

        extracted = read(form.save(tmp_path / "form.pdf"))

        assert extracted.text == "Visby"
        assert [(one.code, one.page) for one in extracted.troubles] == [("no-text", 1)]


class TestNotes:
    @pytest.mark.parametrize("kind", ["FreeText", "Text"])
    def test_a_note_at_the_margin_parts_no_sentence(self, tmp_path: Path, kind: str) -> None:
        lines = [(72.0, 700 - 13.0 * n, words) for n, words in enumerate(PROSE)]
        plain = printed(tmp_path / "plain.pdf", *lines, (72, 600, "More is told elsewhere."))
        path = Form(plain).note("Ask when!", (480, 684, 560, 700), kind).save(tmp_path / "n.pdf")

        assert read(path).text == (f"{' '.join(PROSE)}\n\nAsk when!\n\nMore is told elsewhere.")

    def test_what_is_typed_after_a_label_stands_after_it(
        self, tmp_path: Path, application: Form
    ) -> None:
        application.note("Visby", (200, 666, 400, 682))

        assert "Home port: Visby\n\n" in read(application.save(tmp_path / "form.pdf")).text


class TestHostile:
    def test_endless_fields_and_endless_values_are_over_soon(self, tmp_path: Path) -> None:
        lines = [(72.0, 800 - 7.0 * n, f"Line {n} of the form.") for n in range(100)]
        form = Form(printed(tmp_path / "plain.pdf", *lines))
        form.text("x" * 3_000_000, (300, 700, 400, 712))
        for number in range(2_100):
            form.text(f"value {number}", (300, 700 - 0.3 * number, 400, 712))
        path = form.save(tmp_path / "form.pdf")
        began = time.process_time()

        text = read(path).text

        assert time.process_time() - began < 10
        assert "value 1998" in text
        assert "value 1999" not in text
        assert "xxx" not in text

    def test_a_field_that_is_its_own_parent_harms_nothing(
        self, tmp_path: Path, application: Form
    ) -> None:
        application.inherited("Visby", (200, 666, 400, 682), looped=True)

        assert "Home port: Visby" in read(application.save(tmp_path / "form.pdf")).text
