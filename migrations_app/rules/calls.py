"""Calls as call logs of Pipedrive: the only record of something done that keeps its real past time (API.md 5.12), and cannot be changed."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from migrations_app.rules.canon import LEAST_DIGITS
from migrations_app.rules.shapes.activities import TYPE_LENGTH
from migrations_app.rules.spec import Draft
from migrations_app.rules.transforms.activities import CALL
from migrations_app.rules.transforms.markup import escaped
from migrations_app.rules.transforms.words import fold

AS_CALL_LOG = "activity_as_call_log"  # the reason of a row that stands in the account so
LOG, ACTIVITY = "log", "activity"  # choices of the setting
CONNECTED = "connected"
_LONGEST = 255

# The surest first: what says that nobody was reached comes before what says that somebody was.
_WORDS = {
    "left_voicemail": (
        "left voicemail|left voice mail|left vm|lvm|voicemail|voice mail|mailbox|answering machine|anrufbeantworter|mailbox besprochen|"
        "messagerie|repondeur|boite vocale|buzon de voz|buzon|contestador|segreteria|segreteria telefonica|casella vocale|antwoordapparaat|"
        "correio de voz|caixa postal|poczta glosowa|hlasova schranka|zaznamnik|rostbrevlada|telefonsvarare|telefonsvarer"
    ),
    "wrong_number": (
        "wrong number|bad number|invalid number|disconnected number|number not in service|not in service|falsche nummer|falsche rufnummer|"
        "kein anschluss|nummer falsch|faux numero|mauvais numero|numero errone|numero invalide|numero equivocado|numero incorrecto|"
        "numero erroneo|numero sbagliato|numero errato|verkeerd nummer|numero errado|zly numer|bledny numer|spatne cislo|fel nummer|"
        "forkert nummer"
    ),
    "busy": "busy|line busy|busy signal|engaged|besetzt|occupe|ligne occupee|ocupado|linea ocupada|occupato|bezet|in gesprek|zajete|"
    "obsazeno|upptaget|optaget",
    "left_message": (
        "left message|left a message|left msg|lm|message left|message|nachricht hinterlassen|nachricht|hat nachricht|message laisse|"
        "a laisse un message|laisse un message|mensaje|dejo mensaje|mensaje dejado|dejado mensaje|messaggio|lasciato messaggio|"
        "bericht achtergelaten|bericht|deixou recado|recado|mensagem|zostawiono wiadomosc|wiadomosc|zanechana zprava|vzkaz|"
        "lamnade meddelande|meddelande|lagt besked|besked"
    ),
    "no_answer": (
        "no answer|not answered|unanswered|no response|no reply|no contact|not reached|not connected|did not answer|not available|missed|"
        "missed call|nicht erreicht|niemand erreicht|keine antwort|nicht erreichbar|keiner da|verpasst|nicht abgenommen|pas de reponse|"
        "sans reponse|non joint|injoignable|absent|sin respuesta|no contesta|no contesto|no respondio|no localizado|perdida|"
        "nessuna risposta|non risponde|senza risposta|non raggiunto|geen antwoord|geen gehoor|niet bereikt|niet bereikbaar|sem resposta|"
        "nao atendeu|nao atendida|brak odpowiedzi|nie odebrano|nie odebral|nieodebrane|bez odpovedi|nezvedl|nedovolano|inget svar|"
        "svarade inte|ej svar|intet svar|svarede ikke|ikke truffet"
    ),
    CONNECTED: (
        "connected|answered|reached|spoke|spoke with|talked|conversation|completed|successful|success|erreicht|verbunden|gesprochen|"
        "angenommen|erfolgreich|joint|repondu|parle|abouti|contactado|contesto|hablado|conectado|respondida|raggiunto|risposto|parlato|"
        "connesso|bereikt|gesproken|verbonden|opgenomen|atendeu|atendida|atendido|falou|polaczono|odebrane|odebrano|rozmawiano|spojeno|"
        "zastizen|hovorili jsme|svarade|nadd|anslutet|talade|truffet|svarede|forbundet"
    ),
}
_SIGNS = re.compile(r"[^\w\s]|_")
_PHRASES = [(outcome, re.compile(rf"\b(?:{words})\b")) for outcome, words in _WORDS.items()]


def is_done_call(draft: Draft, disposition: str = "") -> bool:
    """Whether it was a call, is done, and has a moment; `disposition` is what may have joined the type."""
    values = draft.values
    types = (CALL, f"{CALL}: {disposition}"[:TYPE_LENGTH])
    open_ = draft.skip or any(issue.severity == "decide" for issue in draft.issues)
    return (
        not open_ and values.get("type") in types and values.get("done") is True and bool(values.get("due_date") and values.get("due_time"))
    )


def outcome_of(texts: Iterable[str]) -> str:
    """What Pipedrive calls the first of the texts that says how a call ended; one that nobody knows was a call all the same."""
    for text in texts:
        words = " ".join(_SIGNS.sub(" ", fold(text)).split())
        if found := next((outcome for outcome, phrase in _PHRASES if phrase.search(words)), ""):
            return found
    return CONNECTED


def phone_number(text: str) -> str:
    """The text, where it can be a number that somebody called."""
    return text.strip()[:_LONGEST] if sum(sign.isdigit() for sign in text) >= LEAST_DIGITS else ""


def values_of(draft: Draft, number: str, said: Mapping[str, str], caller: str) -> dict[str, str]:
    """The fields of the call log. `said` are the words for how it ended by the heading of their column; they and who called stay readable
    in the note, as a call log belongs to whoever makes it."""
    values: Mapping[str, Any] = draft.values
    began = datetime.fromisoformat(f"{values['due_date']}T{values['due_time']}")
    hours, minutes = (int(part) for part in str(values.get("duration") or "0:0").split(":")[:2])
    length = timedelta(hours=hours, minutes=minutes)
    note = str(values.get("note") or "")
    lines = [f"{heading}: {text}" for heading, text in said.items() if text and escaped(text) not in note]
    lines += [f"Called by: {caller}"] if caller else []
    return {
        "subject": str(values.get("subject") or CALL),
        "outcome": outcome_of(said.values()),
        "to_phone_number": number,
        "start_time": f"{began:%Y-%m-%d %H:%M:%S}",
        "end_time": f"{began + length:%Y-%m-%d %H:%M:%S}",
        "duration": str(int(length.total_seconds())),
        "note": "<br>\n".join([*filter(None, [note]), *map(escaped, lines)]),
    }
