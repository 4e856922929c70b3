"""Campaigns onto deals of the account, by their contact, by a column, by a list, and off again, on a sandbox over HTTP."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import Workbook

from connectors.pipedrive.client import Pipedrive
from migrations_app.models import DealCampaign, PipedriveAccount, Project, RecordLink
from migrations_app.services import connecting
from tests.journeys import comparing
from tests.journeys.walking import Walk

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date.today().isoformat()
ROLE = ("--role", "staging")


class Mailer:
    """A project with two campaigns and a member of both, and an account in which people have deals."""

    def __init__(self, walk: Walk, folder: Path) -> None:
        self.walk, self.folder, self.package = walk, folder, folder / "package"
        self.domain = f"on-deals-{uuid4().hex[:8]}"
        self.package.mkdir()
        self.write("contacts.csv", ["Contact ID,First Name,Last Name,Email Address", "C1,Ann,Bell,ann@a.example"])
        self.write("campaigns.csv", ["Campaign ID,Campaign Name,Start Date", "M1,Spring,2020-01-01", "M2,Always,2999-01-01"])
        self.write("campaign_members.csv", ["Campaign ID,Contact ID,Joined", "M1,C1,2020-01-02", f"M2,C1,{TODAY}"])

    def write(self, name: str, lines: Sequence[str]) -> Path:
        (path := self.package / name).write_text("\n".join(lines), encoding="utf-8")
        return path

    def listed(self, name: str, *lines: Sequence[Any], sheet: str = "", encoding: str = "utf-8") -> str:
        """A list handed in, which is no part of the package."""
        path = self.folder / name
        if path.suffix == ".xlsx":
            book = Workbook()
            book.active.title = sheet
            for line in lines:
                book.active.append(list(line))
            book.save(path)
        else:
            path.write_text("\r\n".join(";".join(map(str, line)) for line in lines), encoding=encoding)
        return str(path)

    def prepare(self, choice: str, *settings: str) -> None:
        self.walk.to_decisions(self.package, self.folder, "net-results")
        self.walk.account([], domain=self.domain)
        for each in (f"deal_campaigns={choice}", *settings):
            self.walk.do("settings", "move", "--set", each)
        self.walk.to_prepared()

    @property
    def client(self) -> Pipedrive:
        return connecting.client_for(PipedriveAccount.objects.get())

    def deal(self, title: str, **values: Any) -> int:
        return int(self.client.create("deal", {"title": title, **values}).data["id"])

    def put(self, *words: str) -> dict[str, Any]:
        return self.walk.do("deal-campaigns", "move", *ROLE, *words)

    def options(self) -> tuple[str, dict[str, int]]:
        """The code of the deals' field Campaigns, and its options by label."""
        field = next(each for each in self.client.fields("deal") if each.name == "Campaigns")
        return field.code, {option.label: option.id for option in field.options}

    def held(self) -> dict[str, set[str]]:
        """{title: its campaigns} as they stand in the account."""
        code, options = self.options()
        records = self.walk.control.records(self.domain, "deal")
        return {
            each["title"]: {label for label, id in options.items() if id in (each.get("custom_fields", {}).get(code) or ())}
            for each in records
        }

    def people_put(self, deal: int, *labels: str) -> None:
        code, options = self.options()
        self.client.update("deal", deal, {"custom_fields": {code: [options[label] for label in labels] or None}})


@pytest.fixture
def mailer(sandbox_server: Any, settings: Any, monkeypatch: Any, tmp_path: Path) -> Mailer:
    return Mailer(Walk(sandbox_server, settings, monkeypatch), tmp_path)


def hers(mailer: Mailer, title: str = "Hers") -> int:
    """A deal of the member of both campaigns."""
    person = mailer.client.create("person", {"name": "Ann", "emails": [{"value": "ANN@a.example", "primary": True}]}).data["id"]
    return mailer.deal(title, person_id=person)


def test_campaigns_go_onto_the_deals_of_their_contacts_at_the_time_and_onto_those_of_a_list(mailer: Mailer) -> None:
    mailer.prepare("no")
    assert mailer.walk.verb("deal-campaigns", "move", *ROLE)[1] == 1  # nobody has asked for it
    mailer.walk.do("settings", "move", "--set", "deal_campaigns=contact")
    mailer.walk.do("prepare", "move", *ROLE)
    mine, other = hers(mailer), mailer.deal("Other")
    address = f"https://on-deals.pipedrive.com/deal/{other}/"
    listed = mailer.listed("links.csv", ["Campaign", "Deal"], ["spring", address], ["Nobody's", mine])
    planned = mailer.put("--file", listed, "--dry-run")
    assert planned["changed"] == 2
    assert mailer.held() == {"Hers": set(), "Other": set()}
    done = mailer.put("--file", listed, "--out", str(mailer.folder / "added.csv"))
    assert (done["deals"], done["changed"], done["tokens"]) == (2, 2, planned["tokens"])
    assert [(each[0], each[1], each[3]) for each in done["refused"]] == [(str(mine), "Nobody's", "links.csv, line 3")]
    told = {(row["title"], row["added"]) for row in comparing.rows_of(mailer.folder / "added.csv")}
    assert told == {("Hers", "Always"), ("Other", "Spring")}
    assert mailer.held() == {"Hers": {"Always"}, "Other": {"Spring"}}
    assert mailer.put("--file", listed)["changed"] == 0


def test_what_was_put_onto_deals_is_taken_back_and_what_people_did_there_stays(mailer: Mailer) -> None:
    mailer.prepare("contact")
    mine, other, third = hers(mailer), mailer.deal("Other"), mailer.deal("Third")
    listed = mailer.listed(
        "links.csv", ["Campaign", "Deal"], *([campaign, deal] for campaign in ("Spring", "Always") for deal in (other, third))
    )
    mailer.put("--file", listed)
    mailer.people_put(mine, "Spring", "Always")  # one of their own beside ours
    mailer.people_put(other, "Spring")  # and one of ours less
    again = mailer.put("--file", listed)
    assert (again["changed"], again["spared"]) == (0, [[other, "Always"]])

    planned = mailer.put("--take-back", "--dry-run")
    assert (planned["deals"], planned["campaigns"], planned["gone"]) == (3, 4, 1)
    assert mailer.held()["Third"] == {"Spring", "Always"}
    done = mailer.put("--take-back", "--out", str(mailer.folder / "kept.csv"))
    assert done == planned | {"out": done["out"]}
    assert mailer.held() == {"Hers": {"Spring"}, "Other": set(), "Third": set()}
    states = {(row["title"], row["campaign"]): row["state"] for row in comparing.rows_of(mailer.folder / "kept.csv")}
    assert states["Other", "Always"] == "taken off by people"
    assert states["Hers", "Always"] == "taken back"
    assert mailer.put("--take-back") == {"deals": 0, "campaigns": 0, "gone": 0, "left": [], "tokens": 0}
    mailer.put("--file", listed)
    assert mailer.held() == {"Hers": {"Spring", "Always"}, "Other": {"Spring"}, "Third": {"Spring", "Always"}}


@pytest.mark.parametrize("after", [False, True])
def test_a_pass_that_was_cut_off_is_run_again_and_taken_back_as_a_whole(mailer: Mailer, after: bool) -> None:
    mailer.prepare("list")
    deals = [mailer.deal(f"Deal {number}") for number in range(3)]
    listed = mailer.listed("links.csv", ["Campaign", "Deal"], *(["Spring", deal] for deal in deals))
    cut = {"kind": "500", "after": after, "methods": ["PATCH"], "paths": f"deals/{deals[1]}$"}
    mailer.walk.control.faults(cut)
    assert mailer.walk.verb("deal-campaigns", "move", *ROLE, "--file", listed)[1] == 1
    mailer.walk.control.faults()
    assert mailer.held() == {"Deal 0": {"Spring"}, "Deal 1": {"Spring"} if after else set(), "Deal 2": set()}
    assert mailer.put("--file", listed)["changed"] == (1 if after else 2)
    mailer.walk.control.faults(cut)
    assert mailer.walk.verb("deal-campaigns", "move", *ROLE, "--take-back")[1] == 1
    mailer.walk.control.faults()
    rest = mailer.put("--take-back")
    assert (rest["deals"], rest["gone"]) == (1 if after else 2, 0)
    assert set(DealCampaign.objects.values_list("state", flat=True)) == {"taken"}
    assert mailer.held() == {f"Deal {number}": set() for number in range(3)}


def test_a_rollback_says_that_campaigns_on_deals_are_taken_back_apart(mailer: Mailer) -> None:
    mailer.prepare("contact")
    run = mailer.walk.do("load", "move", *ROLE)["run"]
    hers(mailer)
    mailer.put()
    assert mailer.walk.do("rollback", "move", "--run", str(run), "--dry-run")["deals_with_campaigns"] == 1
    assert mailer.walk.do("rollback", "move", "--run", str(run))["deals_with_campaigns"] == 1
    assert mailer.held() == {"Hers": {"Always"}}
    mailer.put("--take-back")
    assert mailer.held() == {"Hers": set()}


def test_lists_name_deals_by_the_id_of_another_project_or_by_title_and_organization_in_other_languages(mailer: Mailer) -> None:
    mailer.prepare("list")
    orgs = [mailer.client.create("organization", {"name": name}).data["id"] for name in ("Reef Ltd", "Söhne & Co")]
    first, second = (mailer.deal("Pumps", org_id=org) for org in orgs)
    moved = mailer.deal("Valves")
    account = PipedriveAccount.objects.get()
    before = Project.objects.create(name="Before", slug="before")
    earlier = PipedriveAccount.objects.create(project=before, role="production", url=account.url, company=account.company)
    RecordLink.objects.create(account=earlier, entity="deal", key="deal:OP-7", state="created", pipedrive_id=str(moved))
    sheet = mailer.listed(
        "Zuordnung.xlsx",
        ["Stand heute"],
        ["Verkaufschance", "Firma", "Kampagne"],
        ["Pumps", "söhne & co", "M1"],
        ["OP-7", None, "Spring"],
        ["Pumps", None, "Spring"],
        ["Pumps", "Nobody", "Spring"],
        sheet="Liste",
    )
    done = mailer.put("--file", sheet)
    assert done["changed"] == 2
    assert [each[3] for each in done["refused"]] == ["Zuordnung.xlsx, Liste, line 5", "Zuordnung.xlsx, Liste, line 6"]
    assert "2 deals of the account can be meant" in done["refused"][0][2]
    assert {row.deal: row.label for row in DealCampaign.objects.all()} == {second: "Spring", moved: "Spring"}
    text = mailer.listed("lien.csv", ["Campagne", "Affaire", "Société"], ["Spring\0", "PUMPS\0", "Reef Ltd"], encoding="utf-16")
    assert mailer.put("--file", text)["changed"] == 1
    assert DealCampaign.objects.filter(deal=first).exists()


def test_a_list_that_cannot_be_followed_changes_nothing_and_says_where(mailer: Mailer) -> None:
    mailer.prepare("list")
    only = mailer.deal("Only")
    for name in ("links.csv", "links.xlsx"):
        sheet = ", Links" if name.endswith("xlsx") else ""
        for lines, said in (
            ([["one", "other"], [only, "Spring"]], "is no list with a column for the deal, one for the campaign, and a line below them"),
            ([["Deal", "Campaign"], [only, "Spring"], [only, ""]], f"{sheet[2:] + ', ' if sheet else ''}line 3: the campaign is missing"),
            ([["Deal", "Campaign"], [only, "Spring"], ["", "Spring"]], "line 3: the deal is missing"),
        ):
            answer, status = mailer.walk.verb("deal-campaigns", "move", *ROLE, "--file", mailer.listed(name, *lines, sheet="Links"))
            assert status == 1
            assert name in str(answer)
            assert said in str(answer)
    assert mailer.held() == {"Only": set()}


def test_a_column_of_the_export_links_campaigns_with_deals(mailer: Mailer) -> None:
    mailer.write("contacts.csv", ["Contact ID,First Name,Last Name,Email Address,Opportunity,Order", "C1,Ann,Bell,ann@a.example,Hers,"])
    mailer.write("campaigns.csv", ["Campaign ID,Campaign Name,Start Date,Deal ID", "M1,Spring,2020-01-01,", "M2,Always,2999-01-01,"])
    mailer.prepare("column")
    hers(mailer)
    other = mailer.deal("Other")
    done = mailer.put("--dry-run")
    assert (done["changed"], done["refused"]) == (1, [])
    mailer.put()
    assert mailer.held() == {"Hers": {"Spring", "Always"}, "Other": set()}

    members = ["Campaign ID,Contact ID,Joined,Our reference", f"M1,C1,2020-01-02,{other}; 999", "M2,C1,2020-01-02,"]
    mailer.walk.do("intake", "move", str(mailer.write("campaign_members.csv", members)))
    mailer.walk.do("settings", "move", "--set", "deal_column=our Reference")
    refused = mailer.put()["refused"]
    assert [(each[0], each[3]) for each in refused] == [(f"{other}; 999", "campaign_members.csv, line 2")]
    members[1] = f"M1,C1,2020-01-02,{other}"
    mailer.walk.do("intake", "move", str(mailer.write("campaign_members.csv", members)))
    mailer.put()
    assert mailer.held()["Other"] == {"Spring"}


def test_without_a_column_that_names_deals_the_way_out_is_said(mailer: Mailer) -> None:
    mailer.prepare("column")
    answer, status = mailer.walk.verb("deal-campaigns", "move", *ROLE)
    assert status == 1
    assert "deal_column" in str(answer)
