"""What an activity is and whether it is done, in the words of many languages."""

import re

from migrations_app.rules.transforms.choices import YES, read_yes_no
from migrations_app.rules.transforms.registry import Convert, Options, transform
from migrations_app.rules.transforms.words import fold

# The types that every new Pipedrive account has, by name.
CALL, MEETING, TASK, DEADLINE, EMAIL, LUNCH = "Call", "Meeting", "Task", "Deadline", "Email", "Lunch"

_TYPE_WORDS = {
    CALL: (
        "call|calls|phone|phone call|telephone|telephone call|outbound call|inbound call|outgoing call|incoming call|call out|call in|"
        "anruf|telefonat|telefon|telefonanruf|appel|appel telephonique|llamada|llamada telefonica|telefonata|chiamata|telefoontje|"
        "gesprek|belletje|bellen|chamada|ligacao|telefonema|telefonat|rozmowa telefoniczna|rozmowa|hovor|telefonat|samtal|"
        "telefonsamtal|opkald|telefonopkald|opringning"
    ),
    MEETING: (
        "meeting|meetings|appointment|appointments|visit|besprechung|termin|treffen|meeting|reunion|rendez vous|rdv|cita|reunion|riunione|"
        "appuntamento|incontro|afspraak|vergadering|bespreking|reuniao|encontro|spotkanie|schuzka|jednani|mote|mode|traff"
    ),
    TASK: (
        "task|tasks|to do|todo|to dos|follow up|followup|aufgabe|aufgaben|tache|taches|tarea|tareas|attivita|compito|compiti|taak|taken|"
        "tarefa|tarefas|zadanie|zadania|ukol|ukoly|uppgift|uppgifter|opgave|opgaver"
    ),
    EMAIL: (
        "email|e mail|emails|e mails|mail|mails|email sent|courriel|mel|correo|correo electronico|posta|posta elettronica|e post|epost|"
        "poczta|e mailing"
    ),
    DEADLINE: "deadline|due date|frist|echeance|plazo|scadenza|prazo|termin ostateczny|uzaverka|tidsfrist",
    LUNCH: "lunch|mittagessen|dejeuner|almuerzo|comida|pranzo|almoco|obiad|obed|frokost",
}
TYPE_OF_WORD = {word: name for name, words in _TYPE_WORDS.items() for word in words.split("|")}

_DONE_WORDS = (
    "done|complete|completed|closed|finished|held|sent|resolved|success|successful|erledigt|abgeschlossen|fertig|beendet|gesendet|termine|"
    "terminee|fait|faite|acheve|clos|close|hecho|hecha|completado|completada|terminado|cerrado|enviado|fatto|completato|completata|chiuso|"
    "concluso|voltooid|gedaan|afgerond|gesloten|afgehandeld|feito|feita|concluido|concluida|fechado|zrobione|zakonczone|zakonczony|"
    "wykonane|ukonczone|hotovo|dokonceno|splneno|uzavreno|klar|klart|slutford|avslutad|faerdig|fardig|afsluttet|udfort"
)
_OPEN_WORDS = (
    "open|pending|planned|scheduled|not started|in progress|waiting|deferred|new|not done|incomplete|to do|offen|geplant|ausstehend|"
    "in bearbeitung|nicht begonnen|ouvert|ouverte|en cours|prevu|prevue|planifie|a faire|abierto|abierta|pendiente|planificado|aperto|"
    "aperta|in corso|da fare|pianificato|gepland|openstaand|te doen|aberto|aberta|pendente|planejado|planeado|otwarte|otwarty|zaplanowane|"
    "do zrobienia|otevreno|otevreny|planovano|oppen|planerad|pagaende|aben|planlagt|igangvaerende"
)
DONE_WORDS, OPEN_WORDS = frozenset(_DONE_WORDS.split("|")), frozenset(_OPEN_WORDS.split("|"))

_SIGNS = re.compile(r"[^\w\s]|_")


def known_type(text: str) -> str:
    """The type of Pipedrive's own that a word means, or nothing."""
    words = " ".join(_SIGNS.sub(" ", fold(text)).split())
    return TYPE_OF_WORD.get(words, "")


def read_done(text: str) -> bool | None:
    """Whether an activity is done; None where the text says neither."""
    word = fold(text)
    if word in DONE_WORDS:
        return True
    if word in OPEN_WORDS:
        return False
    answer = read_yes_no(text)
    return None if answer is None else answer == YES


@transform("activity_type", "Type of activity", "The name of a type in Pipedrive: its own where the word is known, else one of that name.")
def activity_type(options: Options) -> Convert:
    """A name that the map gives is one already: it is not looked up once more."""
    given = frozenset(options.get("values", {}).values())
    return lambda text, region: (text if text in given else known_type(text) or text[:60].strip(), "")


@transform("done", "Done or not", "Yes and no, and words for done and open, in many languages.", typed=True)
def done(options: Options) -> Convert:
    def convert(text: str, region: str) -> tuple[bool | None, str]:
        found = read_done(text)
        return found, "" if found is not None else "unknown_option"

    return convert
