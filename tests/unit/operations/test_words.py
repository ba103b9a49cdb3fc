"""What operators write on the command line is understood, or refused in a sentence."""

import pytest

from deploy.mesh.__main__ import main

ID = "01a1fe43-3152-7003-8c1e-6ba9364ad65d"
LISTENER = "notification-document-ready-v1"


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


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (f"dead-letters discard {ID} --older-than-days 30", "an ID, or a filter, not both"),
        (f"dead-letters discard {ID} --all", "an ID, or a filter, not both"),
        (f"dead-letters redrive {ID} --service quiz", "an ID, or a filter, not both"),
        ("dead-letters redrive --all --data good.json", "say its ID"),
        (f"replay {LISTENER} --forget", "--forget are for readers"),
        (f"replay {LISTENER} --type evt.document.*", "--type and --forget are for readers"),
        (f"replay {LISTENER} --from-outbox", "only --since goes with it"),
        ("replay --from-outbox --from-sequence 7", "only --since goes with it"),
    ],
)
def test_words_of_which_some_would_not_be_heeded_are_refused(
    words: str,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MESH_OPERATOR_NATS_URL", "nats://127.0.0.1:1")

    code = main(words.split())

    assert code == 2
    assert says in capsys.readouterr().err
