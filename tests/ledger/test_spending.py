"""What a load costs beside what was expected when it was planned: faults apart, within two percent."""

from migrations_app.services import spending
from tests.ledger.ground import Ground

COMPANIES = [f"Company {number}" for number in range(300)]
DEALS = [f"Deal {number}" for number in range(300)]


def test_an_undisturbed_load_costs_what_was_expected_in_every_phase(bare: Ground) -> None:
    ground = bare.stage(companies=COMPANIES, deals=DEALS).connect()
    run = ground.plan()
    frozen = run.forecast
    ground.let_go(run)
    run = ground.load_on(run)
    lines = spending.lines(run)
    assert [(line.part, line.spent) for line in lines] == [(line.part, line.expected) for line in lines]
    assert [line.part for line in lines] == ["setup", "organization", "person", "deal", "together"]
    assert {line.lost for line in lines} == {0}
    assert run.forecast == frozen
    assert frozen["plans"]["lite"] == {"days": 1, "tokens_per_day": 30_000}


def test_faults_are_counted_apart_and_the_rest_stays_within_two_percent(bare: Ground) -> None:
    ground = bare.stage(companies=COMPANIES, deals=DEALS).connect()
    kinds = ("500", "drop_after", "truncate")
    ground.control.faults(*({"kind": kind, "share": 0.03, "methods": ["POST"]} for kind in kinds), seed=5)
    run = ground.load()
    whole = spending.lines(run)[-1]
    assert run.state == "finished"
    assert whole.lost >= 5 * 10
    assert whole.spent > whole.expected
    assert whole.off is not None
    assert abs(whole.off) <= 2
    assert len(ground.live("deal")) == len(DEALS)


def test_what_was_spent_is_what_the_server_counted(ground: Ground) -> None:
    before = ground.control.counters("harbour")["tokens"]
    run = ground.load()
    assert run.tokens == ground.control.counters("harbour")["tokens"] - before


def test_a_second_load_is_expected_to_cost_its_reading_only(ground: Ground) -> None:
    ground.load()
    lines = spending.lines(ground.load())
    assert [(line.part, line.expected) for line in lines if line.part == "organization"] == [("organization", 10)]
    assert lines[-1].spent == lines[-1].expected
