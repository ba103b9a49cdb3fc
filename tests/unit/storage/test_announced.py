"""What was announced against what came: missing, wrong, repeated and superfluous parts."""

import pytest

from services.storage.model.announced import MOST_PARTS, Announced, Piece
from services.storage.model.errors import NoSuchPart, SizeMismatch
from tests.unit.storage.behaviour import MIB

THREE = Announced.of(20 * MIB, 8 * MIB)
ALL = [Piece(1, 8 * MIB, "a"), Piece(2, 8 * MIB, "b"), Piece(3, 4 * MIB, "c")]


class TestCutting:
    @pytest.mark.parametrize("size", [0, 1, 8 * MIB])
    def test_what_fits_into_one_part_comes_in_one_piece(self, size: int) -> None:
        announced = Announced.of(size, 8 * MIB)

        assert announced.part_size is None
        assert announced.pieces == [Piece(1, size)]

    @pytest.mark.parametrize(
        ("size", "sizes"),
        [
            (8 * MIB + 1, [8 * MIB, 1]),
            (16 * MIB, [8 * MIB, 8 * MIB]),
            (20 * MIB, [8 * MIB, 8 * MIB, 4 * MIB]),
        ],
    )
    def test_anything_larger_comes_in_equal_parts_and_a_rest(
        self, size: int, sizes: list[int]
    ) -> None:
        pieces = Announced.of(size, 8 * MIB).pieces

        assert [piece.number for piece in pieces] == list(range(1, len(sizes) + 1))
        assert [piece.size for piece in pieces] == sizes

    def test_what_is_huge_comes_in_larger_parts_rather_than_in_too_many(self) -> None:
        huge = Announced.of(MOST_PARTS * 8 * MIB + 1, 8 * MIB)

        assert len(huge.pieces) == MOST_PARTS
        assert sum(piece.size for piece in huge.pieces) == huge.size


class TestNumbers:
    @pytest.mark.parametrize("number", [1, 3])
    def test_there_are_as_many_as_the_size_has(self, number: int) -> None:
        THREE.part(number)

    @pytest.mark.parametrize("number", [-1, 0, 4, 10_000])
    def test_there_are_no_others(self, number: int) -> None:
        with pytest.raises(NoSuchPart, match="make 3 parts"):
            THREE.part(number)

    def test_one_piece_has_no_parts(self) -> None:
        with pytest.raises(NoSuchPart, match="in one piece"):
            Announced.of(5, 8 * MIB).part(1)


class TestFitting:
    def test_all_parts_of_the_right_size_are_all_of_it(self) -> None:
        assert THREE.fitting(ALL) == ALL

    def test_a_missing_part_is_named(self) -> None:
        with pytest.raises(SizeMismatch, match="part 2 has not come"):
            THREE.fitting([ALL[0], ALL[2]])

    @pytest.mark.parametrize("size", [4 * MIB - 1, 4 * MIB + 1])
    def test_a_part_of_another_size_is_named(self, size: int) -> None:
        with pytest.raises(SizeMismatch, match=f"Part 3 has {size} bytes instead of {4 * MIB}"):
            THREE.fitting([*ALL[:2], Piece(3, size, "x")])

    def test_a_part_sent_again_counts_once_and_the_one_that_fits_counts(self) -> None:
        short = Piece(2, 7, "short")

        assert THREE.fitting([ALL[0], short, *ALL[1:]]) == ALL
        assert THREE.kept([ALL[0], ALL[1], short, ALL[2]]) == ALL

    def test_of_several_that_fit_the_store_is_told_all_and_takes_the_latest(self) -> None:
        again = Piece(1, 8 * MIB, "again")

        assert THREE.fitting([ALL[0], again, *ALL[1:]]) == [ALL[0], again, *ALL[1:]]

    def test_parts_beyond_the_announced_ones_are_left_out(self) -> None:
        assert THREE.fitting([*ALL, Piece(4, 4 * MIB, "d")]) == ALL
