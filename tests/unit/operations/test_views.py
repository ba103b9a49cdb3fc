"""Bodies are shown as they are, whatever they are."""

import pytest

from services.operations.views import readable


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"a": [1, null]}', {"a": [1, None]}),
        (b"not json", "not json"),
        (b"\xff", "\N{REPLACEMENT CHARACTER}"),
        (rb'{"a": "\ud800"}', r'{"a": "\ud800"}'),
        (b'{"a": NaN}', '{"a": NaN}'),
    ],
)
def test_what_is_no_json_is_shown_as_text(body: bytes, shown: object) -> None:
    assert readable(body) == shown
