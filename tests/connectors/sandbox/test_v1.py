"""What only v1 can do: notes, files, types, users, relationships, participants, leads, merges."""

import hashlib
from typing import Any

import pytest
import requests


@pytest.fixture
def organization(company: Any) -> int:
    return int(company.post("/organizations", {"name": "Acme"})["id"])


@pytest.fixture
def deal(company: Any, organization: int) -> int:
    return int(company.post("/deals", {"title": "D", "org_id": organization})["id"])


# --- notes -----------------------------------------------------------------------------------------------------------


def test_a_note_keeps_its_time_author_and_parents(company: Any, organization: int, deal: int) -> None:
    bo = company.users[1]["id"]
    body = {"content": "<p>Söhne & Co</p>", "deal_id": deal, "org_id": organization, "user_id": bo, "add_time": "2018-11-30 08:00:00"}
    note = company.post("/v1/notes", body)
    assert {key: note[key] for key in body} == body
    assert (note["organization"], note["user"]["name"]) == ({"name": "Acme"}, "Bo")
    assert [one["id"] for one in company.get("/v1/notes", deal_id=deal)] == [note["id"]]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("plain < text & more", "plain < text & more"),
        ('<p onclick="x()">Hi</p>', "<p>Hi</p>"),
        ("a<script>alert(1)</script>b", "ab"),
        ("a<!-- hidden -->b", "ab"),
        ('<a href="javascript:x()">y</a>', "<a >y</a>"),
        ('<a href="https://x.test?a=1&amp;b=2">y</a>', '<a href="https://x.test?a=1&amp;b=2">y</a>'),
    ],
)
def test_html_of_notes_is_tamed(company: Any, deal: int, sent: str, kept: str) -> None:
    assert company.post("/v1/notes", {"content": sent, "deal_id": deal})["content"] == kept


def test_bad_notes_are_refused(company: Any, deal: int) -> None:
    assert "must be associated with at least one" in company.refusal("POST", "/v1/notes", {"content": "x"})
    company.refusal("POST", "/v1/notes", {"deal_id": deal})
    company.refusal("POST", "/v1/notes", {"content": "x" * 100_001, "deal_id": deal})
    company.refusal("POST", "/v1/notes", {"content": "x", "deal_id": deal, "add_time": "2018-11-30T08:00:00Z"})
    company.refusal("POST", "/v1/notes", {"content": "x", "deal_id": str(deal)})
    company.act_as(1).refusal("POST", "/v1/notes", {"content": "x", "deal_id": deal, "user_id": company.users[0]["id"]}, status=403)
    assert company.get("/v1/notes") == []


def test_a_deal_takes_only_so_many_notes(new_company: Any) -> None:
    company = new_company(limits={"notes_per_deal": 2})
    deal = company.post("/deals", {"title": "D"})["id"]
    for _ in range(2):
        company.post("/v1/notes", {"content": "x", "deal_id": deal})
    assert "notes per deal limit" in company.refusal("POST", "/v1/notes", {"content": "x", "deal_id": deal}, status=403)


def test_notes_are_changed_and_deleted(company: Any, deal: int) -> None:
    note = company.post("/v1/notes", {"content": "x", "deal_id": deal})
    assert company.ok(company.send("PUT", f"/v1/notes/{note['id']}", {"content": "y"}))["data"]["content"] == "y"
    assert company.delete(f"/v1/notes/{note['id']}") is True
    assert company.get("/v1/notes") == []


# --- files -----------------------------------------------------------------------------------------------------------


def upload(company: Any, name: str, content: bytes, **parents: Any) -> Any:
    headers = {"x-api-token": company.users[0]["token"]}
    return company.session.post(f"{company.url}/v1/files", headers=headers, files={"file": (name, content)}, data=parents)


@pytest.mark.parametrize("name", ["contract.pdf", 'Söhne "final".PDF', "名前.txt", "no extension"])
def test_bytes_come_back_as_they_were_sent(company: Any, organization: int, deal: int, name: str) -> None:
    content = bytes(range(256)) * 40 + b"\r\n--boundary\r\n\r\n"
    made = company.ok(upload(company, name, content, deal_id=deal, org_id=organization))["data"]
    assert (made["name"], made["file_size"], made["deal_id"], made["org_id"]) == (name, len(content), deal, organization)
    back = company.send("GET", f"/v1/files/{made['id']}/download").content
    assert hashlib.sha256(back).digest() == hashlib.sha256(content).digest()
    assert [one["id"] for one in company.get(f"/v1/deals/{deal}/files")] == [made["id"]]


def test_a_host_of_storage_takes_the_link_alone(company: Any, deal: int) -> None:
    made = company.ok(upload(company, "a.bin", b"\x00\xff", deal_id=deal))["data"]
    company.control.settings(company.domain, file_host=company.url.replace("127.0.0.1", "localhost"))
    sent = company.send("GET", f"/v1/files/{made['id']}/download", allow_redirects=False)
    link = sent.headers["location"]
    assert (sent.status_code, sent.content) == (302, b"")
    assert requests.get(link, timeout=60).content == b"\x00\xff"
    assert requests.get(link, headers={"x-api-token": "any"}, timeout=60).status_code == 400
    assert requests.get(link + "0", timeout=60).status_code == 403


def test_bad_uploads_are_refused(new_company: Any) -> None:
    company = new_company(limits={"file_bytes": 10})
    assert upload(company, "a.txt", b"x", deal_id=999999).status_code == 400
    assert upload(company, "a.txt", b"x", deal_id="one").status_code == 400
    assert upload(company, "a.txt", b"x", note_id=1).status_code == 400
    assert upload(company, "a.txt", b"x" * 11).status_code == 413
    assert company.session.post(f"{company.url}/v1/files", headers={"x-api-token": company.users[0]["token"]}, json={}).status_code == 415
    assert company.get("/v1/files") == []


def test_a_page_of_files_is_cut_at_a_hundred_without_a_word(company: Any) -> None:
    made = company.ok(upload(company, "a.txt", b"x"))["data"]
    assert company.ok(company.send("GET", "/v1/files", params={"limit": 500}))["additional_data"]["pagination"]["limit"] == 100
    headers = {"x-api-token": company.users[0]["token"]}
    company.session.put(f"{company.url}/v1/files/{made['id']}", headers=headers, data={"name": "b.txt", "description": "B"})
    renamed = company.get(f"/v1/files/{made['id']}")
    assert (renamed["name"], renamed["description"]) == ("b.txt", "B")


# --- users, currencies, types ----------------------------------------------------------------------------------------


def test_users_and_currencies_are_listed(new_company: Any) -> None:
    company = new_company(currencies=["EUR", "JPY"], default_currency="EUR")
    assert [(user["name"], user["active_flag"], user["is_you"]) for user in company.get("/v1/users")] == [
        ("Ann", True, True),
        ("Bo", True, False),
    ]
    assert [(one["code"], one["decimal_points"]) for one in company.get("/v1/currencies")] == [("EUR", 2), ("JPY", 0)]
    assert "currency" in company.refusal("POST", "/deals", {"title": "D", "currency": "USD"})


def test_activity_types_get_a_key_of_their_own(new_company: Any) -> None:
    company = new_company(limits={"activity_types": 8})
    first = company.post("/v1/activityTypes", {"name": "Site visit", "icon_key": "car"})
    second = company.post("/v1/activityTypes", {"name": "Site-visit", "icon_key": "car"})
    assert (first["key_string"], second["key_string"]) == ("site_visit", "site_visit_2")
    assert company.post("/activities", {"subject": "x", "type": "site_visit"})["type"] == "site_visit"
    error = company.refusal("POST", "/v1/activityTypes", {"name": "More", "icon_key": "car"}, status=403)
    assert error == "Couldn't add activity type. You've reached the activity type per company limit."


def test_activity_types_need_an_icon_that_exists(company: Any) -> None:
    company.refusal("POST", "/v1/activityTypes", {"name": "Visit"})
    company.refusal("POST", "/v1/activityTypes", {"name": "Visit", "icon_key": "unicorn"})


# --- links -----------------------------------------------------------------------------------------------------------


def test_organizations_are_related(company: Any, organization: int) -> None:
    branch = company.post("/organizations", {"name": "Branch"})["id"]
    body = {"type": "parent", "rel_owner_org_id": organization, "rel_linked_org_id": branch}
    made = company.post("/v1/organizationRelationships", body)
    for end in (organization, branch):
        assert [one["id"] for one in company.get("/v1/organizationRelationships", org_id=end)] == [made["id"]]
    company.refusal("POST", "/v1/organizationRelationships", {**body, "rel_linked_org_id": organization})
    company.refusal("GET", "/v1/organizationRelationships")


def test_participants_of_a_deal(company: Any, deal: int) -> None:
    person = company.post("/persons", {"name": "Ann"})["id"]
    made = company.post(f"/v1/deals/{deal}/participants", {"person_id": person})
    company.refusal("POST", f"/v1/deals/{deal}/participants", {"person_id": person})
    assert [one["person_id"]["value"] for one in company.get(f"/v1/deals/{deal}/participants")] == [person]
    company.delete(f"/v1/deals/{deal}/participants/{made['id']}")
    assert company.get(f"/v1/deals/{deal}/participants") == []


def test_leads_have_uuids_and_the_deals_fields_at_top_level(company: Any, organization: int) -> None:
    code = company.field("dealFields", "varchar")["field_code"]
    answer = company.send("POST", "/v1/leads", {"title": "L", "organization_id": organization, code: "x"})
    lead = answer.json()["data"]
    assert (answer.status_code, len(lead["id"]), lead[code]) == (201, 36, "x")
    assert 'One of the "person_id"' in company.refusal("POST", "/v1/leads", {"title": "L"})
    company.patch(f"/v1/leads/{lead['id']}", {"is_archived": True})
    assert company.get("/v1/leads") == []
    assert [one["id"] for one in company.get("/v1/leads/archived")] == [lead["id"]]


# --- merges ----------------------------------------------------------------------------------------------------------


def test_a_merge_keeps_the_named_record_fills_it_and_moves_what_hung_on_the_other(company: Any, organization: int, deal: int) -> None:
    code = company.field("organizationFields", "varchar")["field_code"]
    twin = company.post("/organizations", {"name": "Acme Inc", "website": "acme.test", "custom_fields": {code: "RC-2"}})["id"]
    person = company.post("/persons", {"name": "Ann", "org_id": twin})["id"]
    note = company.post("/v1/notes", {"content": "x", "org_id": twin})["id"]
    company.ok(company.send("PUT", f"/v1/organizations/{twin}/merge", {"merge_with_id": organization}))
    survivor = company.get(f"/organizations/{organization}")
    assert (survivor["name"], survivor["website"], survivor["custom_fields"][code]) == ("Acme", "acme.test", "RC-2")
    assert company.send("GET", f"/organizations/{twin}").status_code == 404
    assert company.get(f"/persons/{person}")["org_id"] == company.get(f"/v1/notes/{note}")["org_id"] == organization
    assert company.get(f"/deals/{deal}")["org_id"] == organization


def test_merged_persons_have_the_emails_of_both_and_stay_participants(company: Any) -> None:
    stays = company.post("/persons", {"name": "Ann", "emails": [{"value": "a@x.test"}]})["id"]
    goes = company.post("/persons", {"name": "Ann B", "emails": [{"value": "a@x.test"}, {"value": "b@x.test"}]})["id"]
    activity = company.post("/activities", {"subject": "x", "participants": [{"person_id": goes}]})["id"]
    company.ok(company.send("PUT", f"/v1/persons/{goes}/merge", {"merge_with_id": stays}))
    emails = company.get(f"/persons/{stays}")["emails"]
    assert [(one["value"], one["primary"]) for one in emails] == [("a@x.test", True), ("b@x.test", False)]
    assert company.get(f"/activities/{activity}")["participants"] == [{"person_id": stays, "primary": True}]


# --- call logs -------------------------------------------------------------------------------------------------------

CALL = {"outcome": "busy", "to_phone_number": "+49 30 1", "start_time": "2022-12-12 01:01:01", "end_time": "2022-12-12 01:02:01"}


def test_a_call_log_keeps_its_time_and_stands_on_an_activity_that_outlives_it(company: Any, organization: int) -> None:
    made = company.post("/v1/callLogs", {**CALL, "org_id": organization, "subject": "Hi", "duration": "60", "note": "<b>x</b>"})
    assert company.get(f"/v1/callLogs/{made['id']}") == made
    assert (made["start_time"], made["org_id"], made["duration"], made["note"]) == (
        "2022-12-12T01:01:01.000Z",
        organization,
        "60",
        "<b>x</b>",
    )
    company.delete(f"/v1/callLogs/{made['id']}")
    company.refusal("GET", f"/v1/callLogs/{made['id']}", status=404)
    assert (company.get("/v1/callLogs"), company.get(f"/activities/{made['activity_id']}")["subject"]) == ([], "Hi")


@pytest.mark.parametrize("missing", list(CALL))
def test_a_call_log_without_what_it_needs_is_refused(company: Any, missing: str) -> None:
    company.refusal("POST", "/v1/callLogs", {name: value for name, value in CALL.items() if name != missing})


@pytest.mark.parametrize(
    "wrong",
    [{"outcome": "fine"}, {"start_time": "2022-12-12T01:01:01Z"}, {"end_time": "2022-12-11 01:02:01"}, {"duration": 60}, {"type": "x"}],
)
def test_a_call_log_of_another_form_is_refused(company: Any, wrong: dict[str, Any]) -> None:
    company.refusal("POST", "/v1/callLogs", {**CALL, **wrong})


def test_only_the_callers_own_call_logs_are_listed_fifty_at_a_time(company: Any) -> None:
    for _ in range(51):
        company.post("/v1/callLogs", CALL)
    company.post("/v1/callLogs", {**CALL, "user_id": company.users[1]["id"]})
    first = company.send("GET", "/v1/callLogs?limit=500").json()
    assert (len(first["data"]), first["additional_data"]["pagination"]["next_start"]) == (50, 50)
    assert len(company.get("/v1/callLogs", start=50)) == 1
