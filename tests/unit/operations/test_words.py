"""What operators write on the command line is understood, or refused in a sentence."""

import pytest

from deploy.mesh.__main__ import main


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("dead-letters discard --older-than-days inf", "no number of days"),
        ("dead-letters discard --older-than-days nan", "no number of days"),
        ("dead-letters discard --older-than-days -1", "no number of days"),
        ("dead-letters discard --older-than-days 1e300", "no number of days"),
        ("dead-letters list --limit 0", "no number from 1 on"),
        ("events search --since 99999999999d", "is no time"),
        ("events search --limit -1", "no number from 1 on"),
        ("replay x --from-sequence 0", "no number from 1 on"),
    ],
)
def test_numbers_that_cannot_be_meant_are_refused(
    words: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(words.split())

    assert refused.value.code == 2
    assert says in capsys.readouterr().err
