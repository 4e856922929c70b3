"""`python -m tests.benchmarks` measures the figures of the README; with words, some of them."""

import argparse
from collections.abc import Callable

from tests.benchmarks import audit, burst, everything, intake, loading, mailing, measuring, rollback, tokens

FIGURES: dict[str, Callable[..., None]] = {
    "intake": intake.run,
    "audit": audit.run,
    "loading": loading.run,
    "everything": everything.run,
    "tokens": tokens.run,
    "burst": burst.run,
    "mailing": mailing.run,
    "rollback": rollback.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description="The figures of the README, measured here. Takes some minutes.")
    parser.add_argument("figures", nargs="*", choices=[[], *FIGURES], metavar=" | ".join(FIGURES), help="all where none is named")
    parser.add_argument(
        "--contacts", type=int, default=everything.CONTACTS, help="how many 'everything' hangs things on; 15000 for the whole"
    )
    chosen = parser.parse_args()
    for name in chosen.figures or FIGURES:
        FIGURES[name](**{"contacts": chosen.contacts} if name == "everything" else {})
    print(f"\n{measuring.as_markdown()}")


if __name__ == "__main__":
    main()
