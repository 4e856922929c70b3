"""The same three tables in the words of other offices. Headers stand in the order of the roles; the rows are the same."""

import random

import pytest

from connectors.sources.headers import reader_for
from connectors.sources.recognise import recognise_package
from connectors.sources.registry import get_source

RESULTS = get_source("results")

ROLES = {
    "companies": "id name website industry phone address city postal_code country employees owner created_at balance".split(),
    "contacts": "id first_name last_name email phone mobile title company_ref country owner birthday created_at do_not_email".split(),
    "deals": "id title company_ref contact_ref stage status value currency probability close_date created_at lost_reason owner".split(),
}
ROWS = {
    "companies": [
        f"{n}|Werk {n} GmbH|www.werk{n}.example|Handel|+49 30 5550{n}|Gasse {n}|Ulm|8907{n}|Italy|{n * 3}|Ana Ruiz|1{n}.02.2021|1.0{n}0,00"
        for n in range(1, 8)
    ],
    "contacts": [
        f"{n}|Ana{n}|Zorn{n}|ana{n}@werk.example|030 55512{n}|0171 55512{n}|Chef|{n}|Germany|Ana Ruiz|1{n}.05.1980|1{n}.02.2021|ja"
        for n in range(1, 8)
    ],
    "deals": [
        f"{n}|Dach {n}|{n}|{n}|Start|Open|{n}00,50|EUR|{n}0|1{n}.05.2024|1{n}.02.2021|zu teuer|Ana Ruiz" for n in range(1, 8)
    ],
}  # fmt: skip
OFFICES: dict[str, tuple[str, ...]] = {
    "German": (
        "Kunden.csv",
        "Kunden-Nr.|Firmenname|Homepage|Branche|Telefon|Strasse|Ort|PLZ|Land|Anzahl Mitarbeiter|Kundenbetreuer|Angelegt am|Offener Saldo",
        "Ansprechpartner.csv",
        "Ansprechpartner-ID|Vorname|Nachname|E-Mail-Adresse|Tel. (geschäftlich)|Handy|Position|Kundennummer|Land|Betreuer|"
        "Geb.-Datum|Erfasst am|Keine E-Mails",
        "Verkaufschancen.csv",
        "Chancen-Nr.|Bezeichnung|Kundennummer|Ansprechpartner-ID|Phase|Status|Auftragswert|Waehrung|Wahrscheinlichkeit %|"
        "Abschlussdatum|Angelegt am|Verlustgrund|Verantwortlicher",
    ),
    "French": (
        "societes.csv",
        "N° société|Raison sociale|Site internet|Secteur d'activité|Téléphone|Adresse|Ville|Code postal|Pays|Effectif|"
        "Commercial|Date de création|Solde",
        "interlocuteurs.csv",
        "N° contact|Prénom|Nom|Adresse e-mail|Tél. bureau|Tél. portable|Fonction|N° société|Pays|Commercial|"
        "Date de naissance|Créé le|Ne pas emailer",
        "opportunites.csv",
        "N° opportunité|Intitulé|N° société|N° contact|Étape|Statut|Montant|Devise|Probabilité (%)|Date de clôture|Créé le|"
        "Motif de perte|Commercial",
    ),
    "Spanish": (
        "empresas.csv",
        "Código de empresa|Nombre de la empresa|Página web|Sector|Teléfono|Calle|Ciudad|C.P.|País|Nº empleados|Comercial|"
        "Fecha de alta|Saldo pendiente",
        "personas.csv",
        "Código de contacto|Nombre|Apellidos|Correo electrónico|Teléfono|Móvil|Cargo|Código de empresa|País|Comercial|"
        "Fecha de nacimiento|Fecha de alta|No enviar correo",
        "oportunidades.csv",
        "Código de oportunidad|Nombre de la oportunidad|Código de empresa|Código de contacto|Etapa|Estado|Importe|Moneda|"
        "Probabilidad %|Fecha de cierre|Fecha de alta|Motivo de pérdida|Comercial",
    ),
    "Italian": (
        "aziende.csv",
        "Codice azienda|Ragione sociale|Sito web|Settore|Telefono|Indirizzo|Città|CAP|Nazione|N. dipendenti|Responsabile|"
        "Data creazione|Saldo",
        "contatti.csv",
        "Codice contatto|Nome|Cognome|Email|Telefono|Cellulare|Ruolo|Codice azienda|Nazione|Responsabile|Data di nascita|"
        "Data creazione|Non inviare email",
        "opportunita.csv",
        "Codice opportunità|Nome opportunità|Codice azienda|Codice contatto|Fase|Stato|Importo|Valuta|Probabilità %|"
        "Data chiusura|Data creazione|Motivo perdita|Responsabile",
    ),
    "Dutch": (
        "bedrijven.csv",
        "Bedrijfsnummer|Bedrijfsnaam|Website|Branche|Telefoon|Straat|Plaats|Postcode|Land|Aantal medewerkers|Accountmanager|"
        "Aangemaakt op|Openstaand saldo",
        "contactpersonen.csv",
        "Contactnummer|Voornaam|Achternaam|E-mailadres|Telefoon werk|Mobiel|Functie|Bedrijfsnummer|Land|Accountmanager|"
        "Geboortedatum|Aangemaakt op|Niet mailen",
        "verkoopkansen.csv",
        "Kansnummer|Onderwerp|Bedrijfsnummer|Contactnummer|Fase|Status|Bedrag|Valuta|Slagingskans %|Sluitingsdatum|"
        "Aangemaakt op|Reden verlies|Accountmanager",
    ),
    "Polish": (
        "firmy.csv",
        "Numer firmy|Nazwa firmy|Strona www|Branża|Telefon|Ulica|Miasto|Kod pocztowy|Kraj|Liczba pracowników|Opiekun|Data utworzenia|Saldo",
        "kontakty.csv",
        "Numer kontaktu|Imię|Nazwisko|E-mail|Telefon|Telefon komórkowy|Stanowisko|Numer firmy|Kraj|Opiekun|Data urodzenia|"
        "Data utworzenia|Nie wysyłać e-maili",
        "szanse.csv",
        "Numer szansy|Nazwa szansy|Numer firmy|Numer kontaktu|Etap|Status|Kwota|Waluta|Prawdopodobieństwo %|Data zamknięcia|"
        "Data utworzenia|Powód przegranej|Opiekun",
    ),
    "Czech": (
        "firmy.csv",
        "Číslo firmy|Název firmy|Web|Obor|Telefon|Ulice|Město|PSČ|Země|Počet zaměstnanců|Obchodník|Vytvořeno|Zůstatek",
        "kontakty.csv",
        "Číslo kontaktu|Jméno|Příjmení|E-mail|Telefon|Mobil|Pozice|Číslo firmy|Země|Obchodník|Datum narození|Vytvořeno|Neposílat e-maily",
        "obchody.csv",
        "Číslo obchodu|Název|Číslo firmy|Číslo kontaktu|Fáze|Stav|Částka|Měna|Pravděpodobnost %|Datum uzavření|Vytvořeno|"
        "Důvod prohry|Obchodník",
    ),
    "Swedish": (
        "företag.csv",
        "Företagsnr|Företagsnamn|Hemsida|Bransch|Telefon|Gatuadress|Ort|Postnr|Land|Antal anställda|Säljare|Skapad|Saldo",
        "kontaktpersoner.csv",
        "Kontaktnr|Förnamn|Efternamn|E-post|Telefon arbete|Mobil|Befattning|Företagsnr|Land|Säljare|Födelsedatum|Skapad|Ingen e-post",
        "affärer.csv",
        "Affärsnr|Affärsnamn|Företagsnr|Kontaktnr|Fas|Status|Belopp|Valuta|Sannolikhet %|Avslutsdatum|Skapad|Förlustorsak|Säljare",
    ),
    "Danish": (
        "virksomheder.csv",
        "Kundenr.|Firmanavn|Hjemmeside|Branche|Tlf.|Adresse|By|Postnr.|Land|Antal ansatte|Sælger|Oprettet|Saldo",
        "kontakter.csv",
        "Kontakt-ID|Fornavn|Efternavn|E-mail|Telefon|Mobil|Stilling|Kundenr.|Land|Sælger|Fødselsdato|Oprettet|Ingen e-mail",
        "salgsmuligheder.csv",
        "Salgsmuligheds-ID|Navn|Kundenr.|Kontakt-ID|Fase|Status|Beløb|Valuta|Sandsynlighed %|Lukkedato|Oprettet|Tabsårsag|Sælger",
    ),
    "Portuguese": (
        "empresas.csv",
        "Código da empresa|Razão social|Site|Setor|Telefone|Endereço|Cidade|CEP|País|Nº de funcionários|Vendedor|Data de cadastro|Saldo",
        "contatos.csv",
        "Código do contato|Nome|Sobrenome|E-mail|Telefone|Celular|Cargo|Código da empresa|País|Vendedor|Data de nascimento|"
        "Data de cadastro|Não enviar e-mail",
        "negocios.csv",
        "Código do negócio|Nome do negócio|Código da empresa|Código do contato|Etapa|Status|Valor|Moeda|Probabilidade %|"
        "Data de fechamento|Data de cadastro|Motivo da perda|Vendedor",
    ),
    "a database": (
        "acct_master.csv",
        "acct_no|acct_nm|web|industry_cd|ph1|addr1|town|zip|ctry|emp_cnt|rep|crt_dt|bal",
        "tblContacts.csv",
        "ContactNo|FName|LName|EMailAddr|WorkPh|CellPh|JobTitle|AcctNo|Ctry|RepInit|DOB|CreatedDt|OptOut",
        "opps_2024.csv",
        "OppNo|OppName|AcctNo|ContactNo|OppStage|OppStatus|OppAmt|Curr|ProbPct|EstCloseDt|CreatedDt|LostReason|SalesRep",
    ),
    "another English": (
        "Accounts.csv",
        "Account #|Account|Web Page|Sector|Telephone|Street|Town|Post Code|Nation|No. of Employees|Account Manager|"
        "Date Entered|Balance Due",
        "People.csv",
        "Person ID|Given Name|Surname|E-mail Address|Office Phone|Cell|Position|Account #|Nation|Account Manager|"
        "Date of Birth|Date Entered|Email Opt Out",
        "Projects.csv",
        "Project ID|Project/Opp Name|Account #|Person ID|Project/Opp Stage|Project/Opp Status|Est. Value|Currency Code|"
        "Chance|Projected Close|Date Entered|Reason Lost|Account Manager",
    ),
}


def _package(office: str) -> list[tuple[str, list[str], list[list[str]]]]:
    names = OFFICES[office]
    rows = [[line.split("|") for line in ROWS[name]] for name in ROLES]
    return [(names[2 * n], names[2 * n + 1].split("|"), rows[n]) for n in range(3)]


@pytest.mark.parametrize("office", OFFICES)
def test_headers_of_other_offices_mean_the_same(office: str) -> None:
    found = recognise_package(RESULTS, _package(office))
    assert {one.object: list(one.roles.values()) for one in found} == ROLES


@pytest.mark.parametrize("office", OFFICES)
def test_columns_in_any_order_and_files_without_telling_names(office: str) -> None:
    shuffle = random.Random(office)
    tables, orders = [], []
    for number, (_, headers, rows) in enumerate(_package(office)):
        order = shuffle.sample(range(len(headers)), len(headers))
        tables.append((f"export{number}.csv", [headers[at] for at in order], [[row[at] for at in order] for row in rows]))
        orders.append(order)
    found = recognise_package(RESULTS, tables)
    assert {one.object: list(one.roles.values()) for one in found} == {
        name: [ROLES[name][at] for at in order] for name, order in zip(ROLES, orders, strict=True)
    }


@pytest.mark.parametrize(
    "header",
    [
        "Legacy Ref", "Safety Shoe Size", "Renewal Date", "Max Discount", "Weighted Value", "Competitors", "Deposit Paid",
        "Region Note", "Customer Tier", "Services Used", "Credit Limit", "Customer Portal", "Contract", "Tax", "User Field 1",
        "Kreditlimit", "Kundenportal", "Vertragsende", "Fecha de renovación",
    ],
)  # fmt: skip
def test_what_a_customer_added_is_nobody_elses(header: str) -> None:
    reader = reader_for(RESULTS)
    assert {name: reader.matches(RESULTS.object(name), header) for name in ROLES} == {name: [] for name in ROLES}
