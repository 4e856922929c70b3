"""What Net-Results prints in its cells, and what the names of its files say about their rows."""

import pytest

from connectors.sources.net_results import quirks
from connectors.sources.recognise import recognise
from connectors.sources.registry import get_source

NET_RESULTS = get_source("net-results")
PEOPLE = [[f"ann{day}@firm.example", "Ann", f"Bell{day}", f"2024-01-{day:02d} 10:00:00"] for day in range(1, 10)]
HEADERS = ["Email", "First Name", "Last Name", "Date"]


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ("sent", "Sent, gesendet, envoyé, Sends, versendet am, Wysłano"),
        ("delivered", "Delivered, zugestellt, Entregado, Délivré, Doručeno"),
        ("opened", "Opened, open, geöffnet, Ouvert, First open, Mail geöffnet"),
        ("clicked", "Clicked, Link-Clicked, Geklickt, Clic, Aangeklikt, Link angeklickt"),
        ("soft_bounced", "Soft Bounce, soft_bounced, SoftBounce, Rimbalzo temporaneo, Odbicie miękkie"),
        ("hard_bounced", "Hard Bounce, HARD-BOUNCED, Bounced, unzustellbar, Rebote permanente, Nicht zugestellt, Trvalé nedoručení"),
        ("unsubscribed", "Unsubscribed, Opt-out, Abgemeldet, désabonné, Désabonnée, Wypisany"),
        ("complained", "Complained, Spam complaint, marked as spam, Beschwerde, Als Spam gemeldet, Nahlášeno jako spam"),
        ("", "forwarded?, , 7, printed, not opened, nicht geöffnet, Non ouvert"),
    ],
)
def test_event_words(expected: str, words: str) -> None:
    assert {word: quirks.event(word) for word in words.split(", ")} == dict.fromkeys(words.split(", "), expected)


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ("complaint", "Spam Complaint, spam, Complained, Beschwerde, Plainte pour spam, Segnalazione spam, Stížnost na spam"),
        (
            "unsubscribe",
            "Unsubscribed, Opt-out, global_unsubscribe, Do not email, Abmeldung, Désinscription, Baja voluntaria, Un-subscribed",
        ),
        (
            "hard_bounce",
            "Hard Bounce, bounced, Invalid, invalid e-mail, Ungültig, Undeliverable, Indirizzo non valido, 550 5.1.1 no such user",
        ),
        ("manual", "Manual, Suppressed, blocked, Manuell, gesperrt, Manuell gesperrt, Zablokowany ręcznie, Bloqueo manual"),
        ("soft_bounce", "Soft bounce, Mailbox full, temporary, 452 4.2.2 mailbox full, Dočasně nedoručeno"),
        ("resubscribed", "Resubscribed, subscribed, Wieder angemeldet, Réabonné"),
        ("", "for a rainy day, 12, , not bounced"),
    ],
)
def test_reasons_of_suppression(expected: str, words: str) -> None:
    assert {word: quirks.reason(word) for word in words.split(", ")} == dict.fromkeys(words.split(", "), expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("Yes", True), ("Mailable", True), ("0", False), ("Unsubscribed", False), ("", None)),
        *(("Désabonnée", False), ("Inactive", None), ("Active", None), ("Unknown", None), ("abonné", True)),
    ],
)
def test_whether_a_contact_may_be_written_to(text: str, expected: bool | None) -> None:
    assert quirks.mailable(text) is expected


@pytest.mark.parametrize(
    ("file", "object", "constants"),
    [
        ("Spring sale 2024 - Opened.csv", "email_sends", {"event": "opened", "campaign_ref": "Spring sale 2024"}),
        ("clicked_Spring_sale.csv", "email_sends", {"event": "clicked", "campaign_ref": "Spring sale"}),
        ("campaigns/Autumn fair/Soft bounces.csv", "email_sends", {"event": "soft_bounced", "campaign_ref": "Autumn fair"}),
        ("Spring sale - Unsubscribed.csv", "email_sends", {"event": "unsubscribed", "campaign_ref": "Spring sale"}),
        ("Sent.csv", "email_sends", {"event": "sent"}),
        ("Unsubscribes.csv", "suppression", {"reason": "unsubscribe"}),
        ("Hard bounces 20240131.csv", "suppression", {"reason": "hard_bounce"}),
        ("Newsletter May members.csv", "campaign_members", {"campaign_ref": "Newsletter May"}),
        ("campaign_members.csv", "campaign_members", {}),
        ("List members - Friends of the house.csv", "list_members", {"list_ref": "Friends of the house"}),
    ],
)
def test_names_of_files_that_say_what_all_rows_are(file: str, object: str, constants: dict[str, str]) -> None:
    found = recognise(NET_RESULTS, file, HEADERS, PEOPLE)
    assert dict(NET_RESULTS.constants(file, object)) == constants
    assert not constants or (found.object, dict(found.constants)) == (object, constants)


MAILS = [[row[0], f"Hello {day % 2}", row[3]] for day, row in enumerate(PEOPLE)]


@pytest.mark.parametrize(
    ("file", "event", "campaign"),
    [
        ("Spring sale - Hard Bounce.csv", "hard_bounced", "Spring sale"),
        ("Newsletter 2025-03 (Opened).csv", "opened", "Newsletter 2025-03"),
        ("Abgemeldet_Frühling.csv", "unsubscribed", "Frühling"),
        ("clicks/Spring sale.csv", "clicked", "Spring sale"),
        ("Öffnungen/2025/Frühling.csv", "opened", "Frühling"),
        ("Spring_sale_unsubscribed_2025-03-04.xlsx", "unsubscribed", "Spring sale"),
        ("Spring_sale_unsubscribed_2025-03-04.xlsx Sheet1", "unsubscribed", "Spring sale"),
        ("Spring sale.xlsx/Opened", "opened", "Spring sale"),
        ("Clicks.xlsx Spring sale", "clicked", "Spring sale"),
        ("Spring sale - Opened.xlsx Spring sale", "opened", "Spring sale"),
        ("Spring sale.zip/Opened (2).csv", "opened", "Spring sale"),
        ("2025-03-04_clicked_Spring sale.csv", "clicked", "Spring sale"),
        ("Spring sale - Clicked Links (12).csv", "clicked", "Spring sale"),
        ("Contacts who opened Spring sale.csv", "opened", "Spring sale"),
        ("campaign_5001_opened.csv", "opened", "5001"),
        ("Désinscrits - Soldes d'été.csv", "unsubscribed", "Soldes d'été"),
        ("Rebonds définitifs - Soldes.csv", "hard_bounced", "Soldes"),
        ("Primavera - Baja.csv", "unsubscribed", "Primavera"),
        ("Wiosna (Wypisani).csv", "unsubscribed", "Wiosna"),
        ("Jaro_Nedoručeno.csv", "hard_bounced", "Jaro"),
        ("Voorjaar geopend 2025.csv", "opened", "Voorjaar"),
        ("Spam Complaints - Spring.csv", "complained", "Spring"),
        ("opens/clicks/Spring sale.csv", "clicked", "Spring sale"),
    ],
)
def test_one_file_for_each_campaign_and_event_is_read_by_its_name_or_folder(file: str, event: str, campaign: str) -> None:
    found = recognise(NET_RESULTS, file, ["Email", "Subject", "Date"], MAILS)
    assert (found.object, dict(found.constants)) == ("email_sends", {"event": event, "campaign_ref": campaign})


@pytest.mark.parametrize(
    "file",
    [
        *(
            "clicked.csv",
            "lists/clicked.csv",
            "Opened 2025.csv",
            "Opened/contacts.csv",
            "Gesendet/Kontakte.csv",
            "Open leads.csv",
            "Leads (open).csv",
        ),
        *(
            "Bounce house rental.csv",
            "Click & Collect.csv",
            "Livre blanc.csv",
            "Baja California.csv",
            "US Open.xlsx Sheet1",
            "clicks/2025/03.csv",
        ),
    ],
)
def test_a_list_of_contacts_stays_one_where_its_name_tells_no_mail(file: str) -> None:
    people = [[*row[:3], "Firm Ltd", "+1 202 555 0101"] for row in PEOPLE]
    found = recognise(NET_RESULTS, file, ["Email", "First Name", "Last Name", "Company", "Phone"], people)
    assert (found.object, dict(found.constants)) == ("contacts", {})


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("Unsubscribes/2025-03.csv", "unsubscribe"),
        ("Suppressions/unsubscribed.xlsx Tabelle1", "unsubscribe"),
        ("Suppression list.csv", "Suppression List"),
        ("Acme Sperrliste 2025.csv", "Sperrliste"),
        ("Liste noire.csv", "Liste noire"),
    ],
)
def test_addresses_on_a_list_of_those_nobody_may_write_to_are_no_contacts(file: str, reason: str) -> None:
    found = recognise(NET_RESULTS, file, ["Email"], [row[:1] for row in PEOPLE])
    assert (found.object, dict(found.constants)) == ("suppression", {"reason": reason})


def test_people_and_dates_without_a_telling_name_are_contacts() -> None:
    found = recognise(NET_RESULTS, "export.csv", HEADERS, PEOPLE)
    assert (found.object, dict(found.constants)) == ("contacts", {})


def test_a_dump_without_headers_is_read_by_its_name() -> None:
    found = recognise(NET_RESULTS, "Opened.csv", [f"column {at}" for at in range(1, 5)], PEOPLE)
    assert (found.object, found.roles[0], dict(found.constants)) == ("email_sends", "email", {"event": "opened"})


def test_contacts_as_the_api_calls_their_fields() -> None:
    headers = ["contact_id", "contact_email_address", "contact_first_name", "contact_last_name", "company_name", "contact_address_1"]
    headers += ["city_name", "state_name", "contact_postalcode", "country_name", "contact_work_phone", "contact_lead_score", "role_id"]
    place = ["-", "1 Hill St", "Ada", "TX", "75001", "United States", "+1 202 555 0101", "12", "7"]
    rows = [[str(1000 + day), *PEOPLE[day][:3], *place] for day in range(9)]
    roles = ["id", "email", "first_name", "last_name", "company_ref", "address", "city", "state", "postal_code", "country"]
    roles += ["phone", "lead_score", "role"]
    assert dict(recognise(NET_RESULTS, "dump.csv", headers, rows).roles) == dict(enumerate(roles))
