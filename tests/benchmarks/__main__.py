"""`python -m tests.benchmarks` measures the figures of the README; with words, some of them."""

import argparse

from tests.benchmarks import audit, burst, intake, loading, mailing, measuring, rollback, tokens

FIGURES = {
    "intake": intake.run,
    "audit": audit.run,
    "loading": loading.run,
    "tokens": tokens.run,
    "burst": burst.run,
    "mailing": mailing.run,
    "rollback": rollback.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description="The figures of the README, measured here. Takes some minutes.")
    parser.add_argument("figures", nargs="*", choices=[[], *FIGURES], metavar=" | ".join(FIGURES), help="all where none is named")
    for name in parser.parse_args().figures or FIGURES:
        FIGURES[name]()
    print(f"\n{measuring.as_markdown()}")


if __name__ == "__main__":
    main()
