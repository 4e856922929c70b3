"""What is peculiar to the values that Results and its customers write: words for types, objects, states and yes or no."""

import re

from connectors.sources.headers import fold, key
from connectors.sources.synonyms import record_words

_SEPARATORS = ("|", "\n", ";", ",")

STATUS_WORDS = {
    "open": (
        "open", "active", "in progress", "pending", "new", "ongoing", "pursuing", "offen", "aktiv", "laufend", "in bearbeitung", "neu", "ouvert",
        "ouverte", "en cours", "actif", "nouveau", "abierto", "abierta", "activo", "en curso", "en proceso", "pendiente", "aperto", "aperta", "attivo",
        "in corso", "lopend", "openstaand", "aberto", "aberta", "em andamento", "ativo", "otwarty", "otwarta", "otwarte", "w toku", "otevreno",
        "otevreny", "otevrena", "probiha", "aktivni", "oppen", "pagaende", "aben", "apen", "pagar", "igang", "avoin",
    ),
    "won": (
        "won", "closed won", "win", "sold", "success", "successful", "awarded", "contract approved", "accepted", "gewonnen", "erfolgreich", "beauftragt",
        "auftrag erhalten", "zuschlag", "gagne", "gagnee", "signe", "signee", "vendu", "vendue", "remporte", "remportee", "conclue", "ganado", "ganada",
        "cerrado ganado", "cerrada ganada", "vendido", "vinto", "vinta", "chiuso vinto", "chiusa vinta", "acquisito", "acquisita", "gescoord",
        "ganho", "ganha", "fechado ganho", "wygrana", "wygrany", "wygrane", "sprzedane", "vyhrano", "vyhrany", "vyhrana", "ziskano", "uspech", "vunnen",
        "vunnet", "vunna", "vundet", "solgt", "sald", "voitettu",
    ),
    "lost": (
        "lost", "closed lost", "lose", "failed", "cancelled", "canceled", "abandoned", "dead", "rejected", "declined", "no sale", "verloren", "abgesagt",
        "abgelehnt", "storniert", "gescheitert", "perdu", "perdue", "annule", "annulee", "abandonne", "abandonnee", "refuse", "refusee", "perdido",
        "perdida", "cerrado perdido", "cerrada perdida", "cancelado", "cancelada", "rechazado", "perso", "persa", "chiuso perso", "chiusa persa", "annullato",
        "annullata", "geannuleerd", "afgewezen", "verlies", "fechado perdido", "rejeitado", "przegrana", "przegrany", "przegrane", "utracona", "utracone",
        "anulowana", "prohrano", "prohrany", "prohrana", "ztraceno", "ztracena", "zruseno", "forlorad", "forlorat", "forlorade", "tabt", "tapt", "aflyst",
        "avlyst", "havitty",
    ),
}  # fmt: skip

YES_WORDS = frozenset({
    "yes", "y", "true", "t", "1", "-1", "x", "on", "checked", "active", "enabled", "done", "completed", "complete", "✓", "✔", "☑", "ja", "j", "wahr", "aktiv",
    "erledigt", "angekreuzt", "oui", "o", "vrai", "actif", "active", "coche", "termine", "si", "s", "verdadero", "activo", "activa", "hecho", "vero", "attivo", "attiva", "waar",
    "actief", "sim", "verdadeiro", "ativo", "ativa", "tak", "prawda", "aktywny", "ano", "pravda", "aktivni", "sant", "sand", "kylla", "k", "joo",
})  # fmt: skip
NO_WORDS = frozenset({
    "no", "n", "false", "f", "0", "off", "unchecked", "inactive", "disabled", "open", "not done", "✗", "✘", "☐", "nein", "falsch", "inaktiv", "offen", "non", "faux",
    "inactif", "inactive", "falso", "inactivo", "inactiva", "nee", "onwaar", "inactief", "nao", "inativo", "inativa", "nie", "falsz", "nieaktywny", "ne", "nepravda",
    "neaktivni", "nej", "nei", "falsk", "usant", "ei", "inattivo", "inattiva",
})  # fmt: skip

_TYPE_WORDS = {
    "text": "text, string, varchar, char, short text, single line, single line text, textbox, text field, line, textfeld, kurztext, zeichenkette, texte, texte court, "
    "chaine, texto, texto corto, cadena, testo, testo breve, tekst, korte tekst, texto curto, tekst krotki, kratky text, retezec, textfalt, tekstfelt",
    "long": "long text, longtext, memo, multi line, multiline, multi line text, textarea, text area, paragraph, rich text, notes, large text, langtext, mehrzeilig, "
    "mehrzeiliger text, freitext, texte long, zone de texte, texto largo, area de texto, parrafo, testo lungo, lange tekst, tekstvak, texto longo, dlugi tekst, dlouhy text, "
    "lang text, flera rader",
    "enum": "dropdown, drop down, drop-down list, dropdown list, picklist, pick list, single select, single option, select, single choice, choice, list, lookup, combo, combobox, "
    "radio, radio button, options, enum, auswahl, auswahlliste, auswahlfeld, einfachauswahl, einzelauswahl, liste, liste deroulante, choix, choix unique, lista, lista desplegable, "
    "desplegable, seleccion, seleccion unica, elenco, elenco a discesa, menu a tendina, scelta singola, keuzelijst, vervolgkeuzelijst, enkele keuze, selecao, lista suspensa, "
    "selecao unica, lista rozwijana, jednokrotny wybor, rozbalovaci seznam, vyber, seznam, rullgardinslista, listruta, rulleliste, nedtraeksliste, valgliste, rullgardin",
    "multi": "multi-select, multiselect, multi select, multiple select, multiple choice, multiple options, multi-picklist, multipicklist, multi-select picklist, multi choice, "
    "checkboxes, checkbox list, tags, multiple, set, multi list, mehrfachauswahl, mehrfachauswahlliste, multiauswahl, choix multiple, choix multiples, liste a choix multiple, "
    "selection multiple, seleccion multiple, opcion multiple, opciones multiples, lista multiple, scelta multipla, selezione multipla, meerkeuze, meervoudige keuze, "
    "meervoudige selectie, selecao multipla, multipla escolha, wielokrotny wybor, lista wielokrotnego wyboru, vicenasobny vyber, flerval, flervalg, multivalg, flervalslista",
    "money": "currency, money, monetary, amount, price, geld, betrag, wahrung, waehrung, geldbetrag, monetaire, devise, montant, monnaie, moneda, importe, divisa, monetario, valuta, "
    "importo, bedrag, moeda, waluta, kwota, mena, castka, belopp, belob, belop",
    "url": "url, link, hyperlink, website, web address, web link, webseite, internetadresse, lien, lien web, enlace, sitio web, vinculo, collegamento, sito web, koppeling, webadres, "
    "ligacao, odkaz, lank, webbadress, lenke",
    "number": "number, numeric, integer, int, decimal, float, double, whole number, percent, percentage, zahl, ganzzahl, nummer, numerisch, dezimal, dezimalzahl, kommazahl, prozent, "
    "nombre, nombre entier, entier, numerique, decimale, numero, entero, numerico, intero, getal, geheel getal, decimaal, inteiro, liczba, liczba calkowita, cislo, cele cislo, tal, "
    "heltal, heltall, desimaltall, decimaltal, pourcentage, porcentaje, percentuale, tall",
    "bool": "checkbox, check box, boolean, bool, yes/no, yes no, y/n, true/false, toggle, flag, switch, tick box, tick, logical, ja/nein, ja nein, kontrollkastchen, kontrollkaestchen, "
    "ankreuzfeld, wahrheitswert, haken, case a cocher, case, oui/non, oui non, booleen, casilla, casilla de verificacion, si/no, si no, booleano, casella di controllo, casella, "
    "selectievakje, vinkje, ja/nee, ja nee, caixa de selecao, sim/nao, sim nao, pole wyboru, tak/nie, zaskrtavaci policko, zaskrtavatko, ano/ne, kryssruta, ja/nej, afkrydsningsfelt, "
    "avkryssingsboks, ja/nei",
    "date": "date, day, date only, datum, tag, jour, fecha, data, dato, dag, den",
    "datetime": "datetime, date/time, date time, date and time, timestamp, datum/zeit, datum uhrzeit, datum und uhrzeit, zeitstempel, date et heure, date/heure, horodatage, "
    "fecha y hora, fecha/hora, data e ora, data/ora, datum en tijd, datum/tijd, data e hora, data/hora, data i godzina, datum a cas, datum och tid, dato og tid, dato/tid",
    "calculated": "calculated, calculation, formula, computed, rollup, roll-up, expression, berechnet, berechnung, formel, berechnetes feld, calcule, champ calcule, formule, calcul, "
    "calculado, campo calculado, calcolato, campo calcolato, berekend, berekend veld, berekening, obliczane, obliczeniowe, pole obliczeniowe, vypocet, vypocitane, vzorec, "
    "beraknad, beraknat, beregnet, beregning",
    "phone": "phone, telephone, phone number, telefon, telefonnummer, rufnummer, numero de telephone, telefono, telefoon, telefoonnummer, telefone, tel",
    "email": "email, e-mail, email address, mail, e-mail-adresse, courriel, adresse e-mail, correo, correo electronico, posta elettronica, e-post, epost, adres e-mail, e-mailadres",
}
_TYPES = {fold(word): name for name, words in _TYPE_WORDS.items() for word in words.split(", ")}
_STATUSES = {word: status for status, words in STATUS_WORDS.items() for word in words}
_NO_WEBSITE = frozenset({
    "n/a", "na", "n.a", "none", "no", "-", "--", "—", "null", "nil", "unknown", "tbd", "http://", "https://", "http:", "https:", "http://www", "www", "www.", "x", "0",
    "keine", "keiner", "aucun", "aucune", "ninguno", "ninguna", "nessuno", "nessuna", "geen", "nenhum", "brak", "zadny", "zadne", "ingen", "n", "kein", "unbekannt",
})  # fmt: skip
_OBJECT_NAMES = ("companies", "contacts", "deals", "products", "activities", "line_items", "notes", "attachments")
_OBJECTS = {
    key(word.removeprefix("~")): name for name in reversed(_OBJECT_NAMES) for word in reversed(record_words(name)) if not word.startswith("~")
}


def field_type(word: str) -> str:
    """Neutral type of a declared custom field: text, long, enum, multi, money, url, number, bool, date, datetime, calculated, phone
    or email. "" for a word that nobody knows."""
    folded = fold(re.sub(r"\(.*?\)|\d+$", " ", word))
    return _TYPES.get(folded) or _TYPES.get(fold(folded.replace("-", " ").replace("_", " "))) or _TYPES.get(folded.replace(" ", ""), "")


def object_name(word: str) -> str:
    """Which object a declaration speaks of: "Company", "Kontakte", "Opportunité". "" for a word that nobody knows."""
    found = _OBJECTS.get(key(word), "")
    return found or next((name for part in re.split(r"[/(|,]", word) if (name := _OBJECTS.get(key(part), ""))), "")


def options(text: str) -> tuple[str, ...]:
    """The choices of a declared field. The strongest separator in the text parts it, so `Bravo|Charlie; Sons` has two."""
    separator = next((sign for sign in _SEPARATORS if sign in text), None)
    parts = text.split(separator) if separator else [text]
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def status(text: str) -> str:
    """open, won or lost; "" for a word that nobody knows."""
    folded = fold(re.sub(r"[^\w\s]|_", " ", text))
    return _STATUSES.get(folded) or next((found for word in reversed(folded.split()) if (found := _STATUSES.get(word, "")) in {"won", "lost"}), "")


def yes_no(text: str) -> bool | None:
    """None for an empty text and for words that are neither."""
    folded = fold(text) or text.strip()
    return True if folded in YES_WORDS else False if folded in NO_WORDS else None


def is_opportunity(text: str) -> bool | None:
    """Reads the flag that parts opportunities from projects; some exports print the word instead of yes or no."""
    answer = yes_no(text)
    if answer is not None:
        return answer
    folded = fold(text)
    if folded.startswith(("proj", "job", "auftrag", "zlecen", "zakaz", "prosj", "commess")):
        return False
    return True if folded.startswith(("opp", "chance", "verkaufschance", "oport", "szans", "prilez", "mulig", "kans", "affars")) else None


def is_no_website(text: str) -> bool:
    """True for what people type into a website field to say that there is none."""
    stripped = text.strip().casefold()
    return stripped in _NO_WEBSITE or fold(stripped) in _NO_WEBSITE or not re.search(r"\w", stripped)
