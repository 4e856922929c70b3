"""How four customers call the columns of their exports: the screen's own words, a report writer's, a German's and a French one's.

`name` stands where a reference is printed as text (exports without ids).
"""

LANGUAGES = ("screen", "report", "german", "french")

_TABLE = """
users.id | User ID | Rep # | Benutzernummer | N° utilisateur
users.name | Full Name | Rep Name | Name | Nom complet
users.email | Email | E-mail Address | E-Mail | E-mail
users.active | Active | Is Active | Aktiv | Actif
users.role | Role | Function | Rolle | Rôle
custom_fields.object | Object | Table | Objekt | Objet
custom_fields.label | Field Label | Field Name | Feldname | Nom du champ
custom_fields.type | Field Type | Data Type | Feldtyp | Type de champ
custom_fields.options | Options | Choices | Auswahlwerte | Options
custom_fields.formula | Formula | Formula | Formel | Formule
custom_fields.required | Required | Mandatory | Pflichtfeld | Obligatoire
companies.id | Company ID | Account No | Firmennummer | N° société
companies.name | Company Name | Account | Firma | Société
companies.website | Website | Web Page | Webseite | Site web
companies.industry | Industry | Line of Business | Branche | Secteur
companies.phone | Main Phone | Telephone | Telefon | Téléphone
companies.address | Street Address | Address 1 | Straße | Adresse
companies.city | City | Town | Ort | Ville
companies.postal_code | Postal Code | Zip | PLZ | Code postal
companies.country | Country | Country/Region | Land | Pays
companies.employees | Employees | No. of Employees | Mitarbeiterzahl | Effectif
companies.owner | Owner | Sales Rep | Betreuer | Responsable
companies.created_at | Created Date | Entered On | Angelegt am | Créé le
companies.service_level | Service Level | Service Level | Servicestufe | Niveau de service
companies.interests | Interests | Interests | Interessen | Centres d'intérêt
companies.annual_budget | Annual Budget | Annual Budget | Jahresbudget | Budget annuel
companies.remark | Account Remark | Remarks | Bemerkung | Remarque
contacts.id | Contact ID | Contact # | Kontaktnummer | N° contact
contacts.first_name | First Name | First | Vorname | Prénom
contacts.last_name | Last Name | Surname | Nachname | Nom
contacts.email | Email | E-mail | E-Mail | Adresse e-mail
contacts.phone | Work Phone | Business Phone | Telefon | Téléphone
contacts.mobile | Mobile | Cell | Mobil | Portable
contacts.title | Job Title | Position | Position | Fonction
contacts.company_ref | Company ID | Account No | Firmennummer | N° société
contacts.company_ref.name | Company | Account | Firma | Société
contacts.address | Street Address | Address 1 | Straße | Adresse
contacts.city | City | Town | Ort | Ville
contacts.country | Country | Country/Region | Land | Pays
contacts.owner | Owner | Sales Rep | Betreuer | Responsable
contacts.birthday | Birthday | Birth Date | Geburtstag | Date de naissance
contacts.created_at | Created Date | Entered On | Angelegt am | Créé le
contacts.newsletter | Newsletter | Newsletter | Newsletter | Lettre d'information
contacts.badge_number | Badge Number | Badge Number | Ausweisnummer | N° de badge
contacts.greeting | Greeting Style | Greeting Style | Anrede-Stil | Style de salutation
pipelines.pipeline | Pipeline | Sales Process | Pipeline | Pipeline
pipelines.stage | Stage | Phase | Phase | Étape
pipelines.order | Stage Order | Sequence | Reihenfolge | Ordre
pipelines.probability | Probability % | Chance | Wahrscheinlichkeit % | Probabilité %
deals.id | Opportunity ID | Opp # | Chancennummer | N° opportunité
deals.title | Opportunity Name | Opp Name | Verkaufschance | Opportunité
deals.company_ref | Company ID | Account No | Firmennummer | N° société
deals.company_ref.name | Company | Account | Firma | Société
deals.contact_ref | Primary Contact ID | Contact # | Kontaktnummer | N° contact
deals.contact_ref.name | Contact | Contact Name | Ansprechpartner | Contact
deals.pipeline | Pipeline | Sales Process | Pipeline | Pipeline
deals.stage | Stage | Phase | Phase | Étape
deals.status | Status | Result | Status | Statut
deals.value | Amount | Est. Value | Betrag | Montant
deals.currency | Currency | Curr | Währung | Devise
deals.owner | Owner | Sales Rep | Betreuer | Responsable
deals.probability | Probability % | Chance | Wahrscheinlichkeit % | Probabilité %
deals.close_date | Close Date | Est. Close | Abschlussdatum | Date de clôture
deals.created_at | Created Date | Open Date | Angelegt am | Créé le
deals.lost_reason | Lost Reason | Reason Lost | Verlustgrund | Motif de perte
deals.review_date | Review Date | Review Date | Prüftermin | Date de revue
deals.deposit | Deposit Paid | Deposit Paid | Anzahlung | Acompte
deals.rivals | Rivals | Rivals | Mitbewerber | Concurrents
activities.id | Activity ID | Event ID | Aktivitätsnummer | N° activité
activities.type | Type | Activity Type | Art | Type
activities.subject | Subject | Regarding | Betreff | Objet
activities.body | Details | Notes | Details | Détails
activities.owner | Owner | Assigned To | Zuständig | Responsable
activities.start | Start | Start Date | Beginn | Début
activities.end | End | End Date | Ende | Fin
activities.duration | Duration (min) | Minutes | Dauer (Min.) | Durée (min)
activities.outcome | Outcome | Result | Ergebnis | Résultat
activities.done | Completed | Done | Erledigt | Terminé
activities.company_ref | Company ID | Account No | Firmennummer | N° société
activities.company_ref.name | Company | Account | Firma | Société
activities.contact_ref | Contact ID | Contact # | Kontaktnummer | N° contact
activities.contact_ref.name | Contact | Contact Name | Ansprechpartner | Contact
activities.deal_ref | Opportunity ID | Opp # | Chancennummer | N° opportunité
activities.deal_ref.name | Opportunity | Opp Name | Verkaufschance | Opportunité
notes.id | Note ID | Note # | Notiznummer | N° note
notes.body | Note | Text | Notiz | Note
notes.parent_type | Parent Type | Linked To | Gehört zu | Type de parent
notes.parent_id | Parent ID | Record ID | Datensatz | N° parent
notes.parent_id.name | Parent | Record | Datensatz | Parent
notes.author | Author | Entered By | Verfasser | Auteur
notes.created_at | Created Date | Entered On | Angelegt am | Créé le
products.id | Product ID | Item ID | Artikel-ID | N° produit
products.sku | SKU | Item Number | Artikelnummer | Référence
products.name | Product Name | Item Name | Artikel | Produit
products.description | Description | Item Description | Beschreibung | Description
products.price | Unit Price | List Price | Einzelpreis | Prix unitaire
products.currency | Currency | Curr | Währung | Devise
products.unit | Unit | Unit | Einheit | Unité
products.active | Active | Is Active | Aktiv | Actif
line_items.id | Line ID | Line # | Positionsnummer | N° ligne
line_items.deal_ref | Opportunity ID | Opp # | Chancennummer | N° opportunité
line_items.deal_ref.name | Opportunity | Opp Name | Verkaufschance | Opportunité
line_items.product_ref | Product ID | Item ID | Artikel-ID | N° produit
line_items.product_ref.name | Product | Item Name | Artikel | Produit
line_items.quantity | Quantity | Qty | Menge | Quantité
line_items.unit_price | Unit Price | Price | Einzelpreis | Prix unitaire
line_items.discount | Discount % | Disc % | Rabatt % | Remise %
line_items.total | Line Total | Total | Gesamtpreis | Total
attachments.id | Attachment ID | File ID | Anlagennummer | N° pièce
attachments.file_name | File Name | Document | Dateiname | Nom du fichier
attachments.path | Path | File Path | Pfad | Chemin
attachments.kind | Kind | Category | Art | Genre
attachments.mime | Content Type | Content Type | Inhaltstyp | Type de contenu
attachments.size | Size (bytes) | Size (bytes) | Größe (Byte) | Taille (octets)
attachments.parent_type | Parent Type | Linked To | Gehört zu | Type de parent
attachments.parent_id | Parent ID | Record ID | Datensatz | N° parent
attachments.parent_id.name | Parent | Record | Datensatz | Parent
attachments.created_at | Uploaded | Entered On | Hochgeladen am | Ajouté le
"""

_ROWS = {key: labels for key, *labels in ([cell.strip() for cell in line.split(" | ")] for line in _TABLE.strip().splitlines())}


def label(field: str, language: str, *, by_name: bool = False) -> str:
    """The header of `object.field`; `by_name` for references printed as text."""
    labels = _ROWS.get(f"{field}.name", _ROWS[field]) if by_name else _ROWS[field]
    return labels[LANGUAGES.index(language)]


def fields(name: str) -> list[str]:
    """The fields of an object in the order of its screen."""
    parts = (key.split(".") for key in _ROWS)
    return [part[1] for part in parts if part[0] == name and len(part) == 2]
