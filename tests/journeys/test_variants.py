"""Packages as other offices spell them: what the audit finds, and what arrives, beside the truth of the sample they were made from."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from connectors.sources.results.sample import VARIANTS, write_sample
from tests.journeys import comparing, hanging, retelling
from tests.journeys.arriving import Arrival
from tests.journeys.respelling import Respeller, Spelling, load_truth, respell
from tests.journeys.walking import Walk

SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "samples"
pytestmark = pytest.mark.django_db(transaction=True)
needs_samples = pytest.mark.skipif(not SAMPLES.exists(), reason="the foreign samples are not beside this checkout")

REPORT = ("Results - list report", "Printed by: Office", "")
AUDITED = (
    Spelling("american", language="en", encoding="cp1252", dates="mdy", money="dollars", ids="integers", shuffled=True, preamble=REPORT),
    Spelling("french", language="fr", encoding="utf-16", delimiter="\t", suffix="txt", dates="dmy", money="french", ids="guids"),
    Spelling("spanish", language="es", encoding="utf-8-sig", delimiter=";", dates="dashes", money="euro", zipped=True),
    Spelling("italian", language="it", delimiter="|", dates="month", money="comma", shuffled=True, parts=2),
    Spelling("polish", language="pl", encoding="cp1250", delimiter=";", dates="serial", money="comma", quoting=csv.QUOTE_ALL),
    Spelling("czech", language="cs", dates="iso T", workbook="each", zipped=True, ids="integers", parts=3),
    Spelling("two digits", language="en", dates="two digits", money="swiss", yes_no=("1", "0"), dropped=("pipelines",)),
    Spelling("nothing declared", language="de", delimiter=";", dates="dots", money="german", dropped=("custom_fields", "pipelines")),
    Spelling("nobody known", language="it", dropped=("users",), yes_no=("X", "")),
    Spelling("last name first", language="de", ids="none", names="{last}, {first}", delimiter=";", dates="dots", money="german"),
    Spelling("nothing but text", language="en", ids="none", dropped=("companies",), shuffled=True, zipped=True),
)
OTHER_OFFICES = (
    Spelling(
        "portuguese", language="pt", encoding="cp1252", delimiter=";", dates="portuguese", money="brazilian", ids="zeros", paths="drive"
    ),
    Spelling("turkish", language="tr", encoding="cp1254", delimiter=";", dates="dots", money="turkish", ids="guids", durations="clock"),
    Spelling("norwegian", language="nb", encoding="iso8859-15", delimiter="|", dates="short dots", money="swedish", shuffled=True),
    Spelling(
        "finnish", language="fi", encoding="utf-16-be", delimiter="\t", suffix="txt", dates="finnish", durations="iso", ids="integers"
    ),
    Spelling("german too", language="de 2", encoding="mac-roman", dates="german", money="minus last", durations="words", paths="share"),
    Spelling("italian too", language="it 2", workbook="one", dates="italian", money="german", paths="capitals", preamble=REPORT),
    Spelling(
        "polish too", language="pl 2", encoding="cp1250", delimiter=";", dates="polish", money="polish", durations="french", ids="zeros"
    ),
    Spelling("english too", language="en 2", delimiter="^", dates="nothing between", ids="guids", shuffled=True),
)
LOADED = (
    Spelling("swedish", language="sv", delimiter="\t", suffix="txt", dates="swedish", money="swedish", durations="clock", paths="link"),
    Spelling("german", language="de", encoding="cp1252", delimiter=";", dates="dots", money="german", ids="integers", shuffled=True),
    Spelling("dutch", language="nl", workbook="one", shuffled=True, ids="guids"),
    Spelling("no ids", language="en", ids="none", names="{last}, {first}", shuffled=True, dates="mdy", money="dollars"),
    Spelling("text companies", language="fr", dropped=("companies",), dates="dmy", money="french", ids="integers"),
    Spelling("spanish sixteen", language="es", encoding="utf-16", delimiter=";", dates="dashes", money="euro", parts=2, zipped=True),
    Spelling("dutch titles", language="nl", workbook="each", preamble=REPORT, dates="dots", money="german", shuffled=True),
    Spelling(
        "french commas", language="fr", encoding="cp1252", delimiter=";", dates="dmy", money="comma", quoting=csv.QUOTE_ALL, ids="guids"
    ),
)


@pytest.fixture
def walk(sandbox_server: Any, settings: Any, monkeypatch: Any) -> Walk:
    return Walk(sandbox_server, settings, monkeypatch)


def named(spelling: Spelling) -> str:
    return spelling.name


@needs_samples
@pytest.mark.parametrize("spelling", [*AUDITED, *OTHER_OFFICES], ids=named)
def test_another_spelling_of_the_foreign_sample_has_the_same_findings(walk: Walk, tmp_path: Path, spelling: Spelling) -> None:
    package, respeller = respell(SAMPLES / "results", load_truth(SAMPLES / "truth" / "results.json"), spelling, tmp_path / "package")
    walk.to_decisions(package, tmp_path / "out")
    _same_report(tmp_path / "out", respeller)


@pytest.mark.parametrize("spelling", [*AUDITED[:4], *AUDITED[-2:]], ids=named)
def test_another_spelling_of_the_own_sample_has_the_same_findings(walk: Walk, tmp_path: Path, spelling: Spelling) -> None:
    truth = json.loads(json.dumps(write_sample(tmp_path / "sample", seed=5, contacts=80)))
    package, respeller = respell(tmp_path / "sample", truth, spelling, tmp_path / "package")
    walk.to_decisions(package, tmp_path / "out")
    _same_report(tmp_path / "out", respeller)


def _same_report(out: Path, respeller: Respeller) -> None:
    told, found = retelling.told(respeller), retelling.found(out, "move", respeller)
    assert found.findings == told.findings
    assert found.same == told.same
    assert found.orphans == told.orphans
    if respeller.spelling.by_name:  # a repeated line counts once more
        assert {text: user for text, (_, user) in found.owners.items()} == {text: user for text, (_, user) in told.owners.items()}
    else:
        assert found.owners == told.owners


@pytest.mark.parametrize("variant", range(len(VARIANTS)))
def test_every_variant_of_the_generator_has_the_findings_of_its_truth(walk: Walk, tmp_path: Path, variant: int) -> None:
    truth = write_sample(tmp_path / "package", seed=11, contacts=80, variant=variant)
    walk.to_decisions(tmp_path / "package", tmp_path / "out")
    with_ids = VARIANTS[variant].ids
    assert comparing.found_problems(tmp_path / "out", with_ids=with_ids) == comparing.told_problems(truth)
    assert comparing.found_owners(tmp_path / "out") == comparing.told_owners(truth)
    assert len(comparing.found_clusters(tmp_path / "out", "same")) == len(comparing.told_same(truth))
    kinds = sorted(kind for kind, keys in truth["orphaned_deals"].items() for _ in keys)
    assert sorted(row["kind"] for row in comparing.rows_of(tmp_path / "out" / "orphans.csv")) == kinds


@needs_samples
@pytest.mark.parametrize("spelling", LOADED, ids=named)
def test_another_spelling_arrives_as_the_same_records(walk: Walk, tmp_path: Path, spelling: Spelling) -> None:
    truth = load_truth(SAMPLES / "truth" / "results.json")
    package, respeller = respell(SAMPLES / "results", truth, spelling, tmp_path / "package")
    walk.to_decisions(package, tmp_path / "out")
    domain = spelling.name.replace(" ", "-")
    account = walk.account([user["email"] for user in truth["owners"]["users"]], domain=domain)
    walk.to_prepared()
    loaded = walk.do("load", "move", "--role", "staging")
    assert loaded["state"] == "finished"
    arrival = Arrival(walk, respeller, domain)
    for object in comparing.ENTITY:
        assert set(arrival.records[object]) == arrival.expected(object), object
    assert arrival.wrong_links() == []
    assert arrival.wrong_owners(account) == []
    assert arrival.totals() == comparing.told_totals(truth)
    for object in hanging.ENTITY:
        assert arrival.wrong_hanging(object) == set(), object
        assert arrival.wrong_parents(object) == [], object
    assert hanging.other_bytes(truth, arrival.records["attachments"], walk.sandbox.url, account["users"][0]["token"]) == []


@needs_samples
def test_the_proposal_has_a_line_for_every_column_of_every_table(walk: Walk, tmp_path: Path) -> None:
    truth = load_truth(SAMPLES / "truth" / "results.json")
    package, respeller = respell(SAMPLES / "results", truth, LOADED[0], tmp_path / "package")
    walk.do("new", "Move", "--source", "results")
    walk.do("intake", "move", str(package))
    walk.do("propose", "move", "--out", str(tmp_path / "map.csv"))
    listed = {(row["object"], int(row["column"]), row["header"]) for row in comparing.rows_of(tmp_path / "map.csv")}
    headers = {table.object: next(iter(respeller._lines(table))) for table in respeller.tables}
    assert listed == {(object, at, header) for object, names in headers.items() for at, header in enumerate(names, start=1)}


COMPANIES = (
    "Company ID,Company Name,Notes,Notes,,Website,Empty\n1,Acme,first,second,rings back,acme.example,\n2,Beta,one,,has left,beta.example,\n"
)
PEOPLE = "Contact ID,Name,Email,Company ID,Company\n1,Ann Doe,ann@acme.example,71,Acme Ltd\n2,Bo Ray,bo@beta.example,72,Beta\n"
CHANCES = (
    "Opportunity ID,Opportunity,Company ID,Contact,Stage,Amount,Currency\n1,New roof,71,Bo Ray,Lead,1000,EUR\n2,Old roof,72,,Lead,5,EUR\n"
)


def test_a_column_without_a_name_an_empty_one_and_two_of_one_name_each_have_their_line(walk: Walk, tmp_path: Path) -> None:
    (tmp_path / "companies.csv").write_text(COMPANIES)
    walk.do("new", "Move", "--source", "results")
    walk.do("intake", "move", str(tmp_path / "companies.csv"))
    walk.do("propose", "move", "--out", str(tmp_path / "map.csv"))
    fields = [(row["header"], row["field"]) for row in comparing.rows_of(tmp_path / "map.csv")]
    assert fields[2:] == [
        ("Notes", "custom:Notes (text)"),
        ("Notes", "custom:Notes [4] (varchar)"),
        ("", "custom:Column 5 (varchar)"),
        ("Website", "website"),
        ("Empty", ""),
    ]
    peeked = walk.do("peek", str(tmp_path / "companies.csv"))["tables"][0]
    assert [(column["header"], column["filled"]) for column in peeked["columns"]] == [
        *(("Company ID", 2), ("Company Name", 2), ("Notes", 2), ("Notes", 1), ("", 2), ("Website", 2), ("Empty", 0))
    ]


def test_deals_that_print_only_the_id_of_a_company_find_its_name_on_the_contacts(walk: Walk, tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "contacts.csv").write_text(PEOPLE)
    (tmp_path / "package" / "opportunities.csv").write_text(CHANCES)
    walk.to_decisions(tmp_path / "package", tmp_path / "out")
    assert comparing.rows_of(tmp_path / "out" / "orphans.csv") == []
    walk.account([], domain="names-of-ids")
    walk.to_prepared()
    walk.do("load", "move", "--role", "staging")
    names = {record["id"]: record["name"] for record in walk.live("organization", "names-of-ids").values()}
    deals = walk.live("deal", "names-of-ids")
    assert {key: names[deal["org_id"]] for key, deal in deals.items()} == {"deal:1": "Acme Ltd", "deal:2": "Beta"}
    assert sorted(names.values()) == ["Acme Ltd", "Beta"]


USERS = "User ID,Full Name,Email,Active\n7,Ann Bell,ann@seller.example,Yes\n8,Bo Cole,bo@seller.example,Yes\n"
OWNERS = (
    "Ann Bell",
    "BELL, ANN",
    "AB",
    "7",
    "ann@seller.example",
    "Ann Bell <Ann@Seller.example>",
    "Ann Bell (AB)",
    "A. Bell [ann@seller.example]",
)


def test_an_owner_is_known_by_name_initials_id_and_address_however_they_are_put_together(walk: Walk, tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "users.csv").write_text(USERS)
    rows = [f'{number},Ray {number},"{owner}"' for number, owner in enumerate((*OWNERS, "Cy Dean (old)"))]
    (tmp_path / "package" / "contacts.csv").write_text("\n".join(("Contact ID,Last Name,Sales Rep", *rows)))
    walk.to_decisions(tmp_path / "package", tmp_path / "out")
    found = {text: email for text, (_, email) in comparing.found_owners(tmp_path / "out").items()}
    assert found == {**dict.fromkeys(OWNERS, "ann@seller.example"), "Cy Dean (old)": ""}


PRINTED = ("Doe, Ann - Acme", "Ann Doe (71)", "Ann Doe <ann@acme.example>", "{71}", "071", "ANN@ACME.EXAMPLE", "doe ann")


def test_a_contact_is_known_however_a_screen_prints_it(walk: Walk, tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "contacts.csv").write_text("Contact ID,First Name,Last Name,Email\n71,Ann,Doe,ann@acme.example\n72,Bo,Ray,\n")
    deals = [f'{number},Deal {number},"{text}",Lead' for number, text in enumerate((*PRINTED, "Nobody (99)"))]
    (tmp_path / "package" / "deals.csv").write_text("\n".join(("Opportunity ID,Opportunity,Contact,Stage", *deals)))
    walk.to_decisions(tmp_path / "package", tmp_path / "out")
    unknown = [row["value"] for row in comparing.rows_of(tmp_path / "out" / "findings.csv") if row["code"] == "unknown_contact"]
    assert unknown == ["Nobody (99)"]
