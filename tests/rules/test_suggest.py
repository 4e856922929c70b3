import pytest

from migrations_app.rules.suggest import OrphanFacts, is_bare_id, orphan_kind, suggest


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        (("CO-1", True, True, "CO-2"), ""),
        (("CO-1", False, True, "CO-2"), "company_not_found_with_contact"),
        (("CO-1", False, False, ""), "company_not_found_no_contact"),
        (("", False, True, "CO-2"), "no_company_contact_has_company"),
        (("", False, True, ""), "no_company_contact_without_company"),
        (("", False, False, ""), "no_company_no_contact"),
    ],
)
def test_the_kinds_of_deals_without_a_company(facts, kind):
    assert orphan_kind(*facts) == kind


@pytest.mark.parametrize(
    ("facts", "answer", "company"),
    [
        (OrphanFacts("", True, "CO-2"), "contact", "CO-2"),
        (OrphanFacts("CO-19063", True, "CO-2"), "contact", "CO-2"),
        (OrphanFacts("", True), "person", ""),
        (OrphanFacts("CO-19063", True), "person", ""),
        (OrphanFacts("Acme Ltd", False), "named", ""),
        (OrphanFacts("Acme Ltd", True, "CO-2"), "named", ""),
        (OrphanFacts("Acme Ltd", False, likely_company="CO-7", likeness=0.97), "parent", "CO-7"),
        (OrphanFacts("CO-19063", False, is_open=False), "placeholder", ""),
        (OrphanFacts("", False, likely_company="CO-7", likeness=0.95), "parent", "CO-7"),
        (OrphanFacts("", False, likely_company="CO-7", likeness=0.5), "placeholder", ""),
    ],
)
def test_what_is_suggested(facts, answer, company):
    found = suggest(facts)
    assert (found.answer, found.company) == (answer, company)
    assert 0 < found.confidence < 1
    assert found.reason


def test_an_open_deal_without_anything_is_better_asked_about():
    assert suggest(OrphanFacts("", False, is_open=True)).confidence < 0.5 < suggest(OrphanFacts("", False, is_open=False)).confidence


@pytest.mark.parametrize(
    ("text", "is_id"), [("CO-19063", True), ("4711", True), ("80000123-1500000000", True), ("Acme", False), ("3M Germany", False)]
)
def test_ids_are_no_names(text, is_id):
    assert is_bare_id(text) is is_id
