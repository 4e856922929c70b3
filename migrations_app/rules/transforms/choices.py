"""Yes and no, single and multiple options, and the status of a deal."""

import re
from collections.abc import Sequence

from migrations_app.rules.transforms.registry import NOTHING_WORDS, Convert, Options, transform
from migrations_app.rules.transforms.text import shorten
from migrations_app.rules.transforms.words import fold

YES, NO = "Yes", "No"

# Pairs of spellings that belong together; a column is written in one of them.
YES_NO_PAIRS = (
    ("yes", "no"),
    ("true", "false"),
    ("1", "0"),
    ("-1", "0"),
    ("y", "n"),
    ("t", "f"),
    ("on", "off"),
    ("checked", "unchecked"),
    ("x", ""),
    ("✓", ""),
    ("✔", ""),
    ("☑", "☐"),
    ("wahr", "falsch"),
    ("ja", "nein"),
    ("j", "n"),
    ("oui", "non"),
    ("o", "n"),
    ("vrai", "faux"),
    ("si", "no"),
    ("s", "n"),
    ("verdadero", "falso"),
    ("vero", "falso"),
    ("ja", "nee"),
    ("sim", "nao"),
    ("verdadeiro", "falso"),
    ("tak", "nie"),
    ("ano", "ne"),
    ("ja", "nej"),
    ("ja", "nei"),
    ("kylla", "ei"),
    ("igen", "nem"),
    ("da", "nu"),
    ("da", "ne"),
    ("evet", "hayir"),
    ("да", "нет"),
    ("nai", "oxi"),
    ("enabled", "disabled"),
    ("active", "inactive"),
    ("aktiv", "inaktiv"),
    ("waar", "onwaar"),
    ("prawda", "falsz"),
    ("dogru", "yanlis"),
    ("sant", "falskt"),
    ("sand", "falsk"),
    ("igaz", "hamis"),
    ("adevarat", "fals"),
    ("t", "n"),
    ("a", "n"),
    ("e", "h"),
    ("k", "e"),
    ("i", "n"),
    ("d", "n"),
    ("aktif", "pasif"),
    ("actif", "inactif"),
    ("activo", "inactivo"),
    ("ativo", "inativo"),
    ("attivo", "inattivo"),
    ("actief", "inactief"),
)
YES_WORDS = frozenset(yes for yes, _ in YES_NO_PAIRS)
NO_WORDS = frozenset(no for _, no in YES_NO_PAIRS if no)

_WORDS = re.compile(r"[^\W_]+")
_SEPARATORS = ";|\n\r,"

_STATUS_WORDS = {
    "won": (
        "won|win|sold|signed|ordered|success|successful|awarded|accepted|contract approved|gewonnen|auftrag|auftrag erhalten|"
        "beauftragt|erfolgreich|zuschlag|gagne|gagnee|remporte|remportee|signe|signee|vendu|vendue|conclue|ganado|ganada|"
        "vendido|ganhou|ganho|ganha|vinto|vinta|acquisito|gescoord|wygrana|wygrane|wygrany|sprzedane|vyhrano|vyhrana|vyhrany|"
        "ziskano|vunnen|vunna|vundet|vunnet|solgt|sald|voitettu|megnyert|castigat|kazanildi|kazanilan|выиграна"
    ),
    "lost": (
        "lost|lose|failed|rejected|declined|cancelled|canceled|dead|abandoned|no sale|verloren|abgelehnt|abgesagt|absage|"
        "storniert|gescheitert|perdu|perdue|annule|annulee|abandonne|abandonnee|refuse|refusee|perdido|perdida|cancelado|"
        "cancelada|rechazado|rejeitado|perso|persa|annullato|annullata|geannuleerd|afgewezen|przegrana|przegrane|przegrany|"
        "utracona|utracone|anulowana|prohrano|prohrana|prohrany|ztraceno|ztracena|zruseno|forlorad|forlorat|tabt|tapt|aflyst|"
        "avlyst|havitty|elveszett|pierdut|kaybedildi|kaybedilen|проиграна"
    ),
    "open": (
        "open|active|new|pending|ongoing|working|in progress|on hold|pursuing|open opportunity|offen|aktiv|neu|laufend|"
        "in bearbeitung|ouvert|ouverte|actif|nouveau|en cours|abierto|abierta|activo|pendiente|en curso|en proceso|aberto|"
        "aberta|ativo|em andamento|aperto|aperta|attivo|in corso|lopend|openstaand|otwarta|otwarte|otwarty|w toku|otevreno|"
        "otevrena|otevreny|probiha|aktivni|oppen|pagaende|aben|apen|pagar|igang|avoin|nyitott|deschis|acik|открыта|in arbeit|"
        "en negociacion|en cours de negociation|em negociacao|in trattativa|in onderhandeling|in behandeling|w trakcie|v jednani|"
        "under arbete|under arbejde|under arbeid|kesken|kaynnissa|devam ediyor|beklemede|folyamatban|in curs"
    ),
}
_WHAT_IT_IS = frozenset(("auftrag",))  # won by itself, but an "Auftrag" may be lost as well
_DENYING = frozenset(
    "not no never without nicht kein keine keinen nie non pas sans jamais nunca sin nao sem mai senza niet geen nooit bez ne neni ikke "
    "inte ej ingen ei nem nu degil".split()
)
_CLOSING = frozenset(
    "closed closing finished ended geschlossen abgeschlossen beendet erledigt ferme fermee clos termine terminee cloture "
    "cerrado cerrada finalizado finalizada fechado fechada encerrado chiuso chiusa terminato gesloten afgesloten zamkniete zamknieta "
    "zamkniety zakonczone uzavreno uzavrena ukonceno stangd stangt avslutad avslutat lukket afsluttet avsluttet suljettu paattynyt "
    "lezart inchis kapali kapandi".split()
)
STATUS_OF_WORD = {word: status for status, words in _STATUS_WORDS.items() for word in words.split("|")}


def read_yes_no(text: str) -> str | None:
    """Yes, No, or None where the text is neither."""
    word = fold(text) or text
    if word in YES_WORDS:
        return YES
    return NO if word in NO_WORDS or word == "0" else None


def read_status(text: str) -> str:
    """open, won or lost; empty where nobody knows. `Closed - Lost to competitor` is told by its one telling word."""
    words = _WORDS.findall(fold(text))
    if whole := STATUS_OF_WORD.get(" ".join(words)):
        return whole
    said = [(word, STATUS_OF_WORD[word]) for word in words if word in STATUS_OF_WORD and word not in _WHAT_IT_IS]
    found = {status for _, status in said}
    telling = found - {"open"} or found
    if len(telling) != 1:
        return ""
    [status] = telling
    return "" if status != "lost" and _is_denied(words, status, said) else status


def _is_denied(words: Sequence[str], status: str, said: Sequence[tuple[str, str]]) -> bool:
    """ "No longer active", "Closed - new vendor": what is not so, or is over, is no open deal for the one word beside it."""
    before = words[: words.index(next(word for word, meant in said if meant == status))]
    return not _DENYING.isdisjoint(before) or (status == "open" and not _CLOSING.isdisjoint(words))


def split_options(text: str, known: dict[str, str], separators: str = _SEPARATORS) -> tuple[list[str], list[str]]:
    """The options of a cell and the pieces that are none. Known labels are found first: `Charlie; Sons` may be one.

    `known` maps a case-folded label to the label; without any, every piece between separators is an option.
    """
    longest_first = sorted(known, key=len, reverse=True)
    found: list[str] = []
    unknown: list[str] = []
    rest = text.strip()
    while rest:
        label = next((label for label in longest_first if _starts_with(rest, label, separators)), None)
        if label is not None:
            found.append(known[label])
            rest = rest[len(label) :]
        else:
            piece = re.split(f"[{re.escape(separators)}]", rest, maxsplit=1)[0]
            (unknown if known else found).extend([piece.strip()] if piece.strip() else [])
            rest = rest[len(piece) :]
        rest = rest.lstrip().lstrip(separators).lstrip(separators + " \t")
    return list(dict.fromkeys(found)), unknown


def _starts_with(text: str, label: str, separators: str) -> bool:
    if text[: len(label)].casefold() != label:
        return False
    rest = text[len(label) :].lstrip(" \t")
    return not rest or rest[0] in separators


def _targets(options: Options) -> Sequence[str]:
    """What values become are options too, where a list of options is kept at all."""
    return [target for target in options.get("values", {}).values() if target] if options.get("choices") else []


def _known(choices: Sequence[str]) -> dict[str, str]:
    return {choice.casefold(): choice for choice in choices}


@transform(
    "yes_no",
    "Yes or no",
    "Many spellings and languages. Option spelling: the column's own pair; another one is read all the same, but flagged.",
)
def yes_no(options: Options) -> Convert:
    spelling = frozenset(options.get("spelling") or ("Yes", "No"))

    def convert(text: str, region: str) -> tuple[str | None, str]:
        if text.casefold() in NOTHING_WORDS:
            return None, ""
        value = read_yes_no(text)
        if value is None:
            return None, "unknown_option"
        return value, "" if text in spelling else "checkbox_spelling"

    return convert


@transform("option", "Single option", "Known labels, in any case. Option choices: the labels; another one is left out and flagged.")
def option(options: Options) -> Convert:
    known = _known((*options.get("choices", ()), *_targets(options)))

    def convert(text: str, region: str) -> tuple[str | None, str]:
        if not known:
            return shorten(text), ""
        label = known.get(text.casefold())
        return (label, "") if label or text.casefold() in NOTHING_WORDS else (None, "unknown_option")

    return convert


@transform(
    "options", "Multiple options", "Known labels first, then the pieces between ; | , and line breaks. Options: choices, separators."
)
def several_options(options: Options) -> Convert:
    known, separators = _known((*options.get("choices", ()), *_targets(options))), options.get("separators") or _SEPARATORS
    known |= {source: target for source, target in options.get("values", {}).items() if target and known}

    def convert(text: str, region: str) -> tuple[list[str] | None, str]:
        found, unknown = split_options(text, known, separators)
        unknown = [piece for piece in unknown if piece.casefold() not in NOTHING_WORDS]
        return found or None, "unknown_option" if unknown else ""

    return convert


@transform("status", "Status of a deal", "Open, won or lost, in many languages. Option words: {word: status} for the project's own.")
def status(options: Options) -> Convert:
    own = {fold(word): value for word, value in options.get("words", {}).items()}

    def convert(text: str, region: str) -> tuple[str | None, str]:
        found = own.get(fold(text)) or read_status(text)
        return (found, "") if found else (None, "unknown_status")

    return convert
