"""Allowances and ranges, decided by values alone."""

import pytest

from services.gateway.model import Allowance, BadRange, ByteRange, NotAllowed
from services.gateway.ports import Mark
from tests.unit.gateway.conftest import somebody


class TestAllowance:
    def test_a_second_holds_so_many_and_no_more(self) -> None:
        allowance = Allowance(3, 3, 0)

        spent = []
        for _ in range(4):
            allowance = allowance.spend(0)
            spent.append(allowance.spent)

        assert spent == [False, False, False, True]
        assert 0 < allowance.wait <= 1 / 3

    def test_it_fills_as_time_goes_by_but_never_over(self) -> None:
        empty = Allowance(10, 0, 0)

        assert not empty.spend(0.2).spent
        assert Allowance(10, 10, 0).spend(1_000).left == 9

    def test_asking_on_and_on_does_not_push_the_end_away(self) -> None:
        allowance = Allowance(10, 0, 0)
        for _ in range(100):
            allowance = allowance.spend(0)

        assert not allowance.spend(0.3).spent


class TestByteRange:
    @pytest.mark.parametrize(
        ("header", "first", "last"),
        [
            ("bytes=0-0", 0, 0),
            ("bytes=0-99", 0, 99),
            ("bytes=90-", 90, 99),
            ("bytes=90-1000", 90, 99),
            ("bytes=-10", 90, 99),
            ("bytes=-1000", 0, 99),
        ],
    )
    def test_a_run_of_bytes_is_read_as_http_says(self, header: str, first: int, last: int) -> None:
        assert ByteRange.wanted(header, 100) == ByteRange(first, last)

    @pytest.mark.parametrize(
        "header",
        [
            *(None, "", "bytes=", "bytes=-", "lines=1-2", "bytes=1-2,4-5", "bytes=9-3"),
            *(f"bytes=0-{'9' * 5_000}", "bytes=\u0661-"),
        ],
    )
    def test_what_is_no_single_range_means_everything(self, header: str | None) -> None:
        assert ByteRange.wanted(header, 100) is None

    @pytest.mark.parametrize(("header", "size"), [("bytes=100-", 100), ("bytes=0-", 0)])
    def test_behind_the_end_there_is_nothing(self, header: str, size: int) -> None:
        with pytest.raises(BadRange, match=f"has {size} bytes"):
            ByteRange.wanted(header, size)

    def test_the_last_no_bytes_are_nothing_either(self) -> None:
        with pytest.raises(BadRange):
            ByteRange.wanted("bytes=-0", 100)


class TestMark:
    MARK = Mark("e", last=50, oldest=10, newest=60)

    @pytest.mark.parametrize("offset", [9, 10, 49, 50, 60])
    def test_what_is_still_kept_can_be_told_exactly(self, offset: int) -> None:
        assert self.MARK.gap_after("e", offset) is None

    @pytest.mark.parametrize(
        ("epoch", "offset", "reason"),
        [("f", 50, "another-epoch"), ("e", 8, "too-old"), ("e", 61, "unknown-offset")],
    )
    def test_what_cannot_be_told_exactly_has_a_reason(
        self, epoch: str, offset: int, reason: str
    ) -> None:
        assert self.MARK.gap_after(epoch, offset) == reason

    def test_a_newcomer_without_pushes_stands_where_the_stream_stands(self) -> None:
        mark = Mark("e", last=0, oldest=1_000, newest=1_999)

        assert mark.offset == 1_999
        assert mark.gap_after("e", mark.offset) is None


def test_only_an_administrator_administers() -> None:
    administrator = somebody("administrator")

    assert administrator.administering() is administrator
    with pytest.raises(NotAllowed):
        somebody("learner").administering()
