"""The generating child: tasks come in, questions go out; it ends with its parent."""

import ctypes
import resource
import signal
import sys
from typing import Final

from services.quiz.generate.maker import make
from services.quiz.generate.text import DocumentText
from services.quiz.generate.wire import Reply, Task

_PR_SET_PDEATHSIG: Final = 1


def main() -> None:
    """Serve until standard input ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    memory = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    for line in sys.stdin:
        sys.stdout.write(_reply(Task.model_validate_json(line)).model_dump_json() + "\n")
        sys.stdout.flush()


def _reply(task: Task) -> Reply:
    try:
        made = make(DocumentText.read(task.path), task.wanted)
    except MemoryError:
        return Reply(code="too-large", note="The text needs more memory than there is for it.")
    return Reply(drafts=made.drafts, note=made.note)


if __name__ == "__main__":
    main()
