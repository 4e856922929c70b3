"""Columns whose headers say nothing: what their values alone make likely. Never certain."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import chain
from urllib.parse import urlsplit

from babel import Locale

from connectors.sources.headers import Match
from connectors.sources.landmarks import Landmarks
from connectors.sources.spec import FieldSpec, ObjectSpec
from connectors.sources.values import Values, countries, has_looks, holds_words_of
from connectors.sources.wording import fold

_LEGAL_FORMS = (
    "inc llc ltd limited plc corp co pty pvt gmbh ag kg ug ohg sarl sas sa sl srl spa bv nv ab oy as aps lda ltda "
    "group gruppe groupe grupo e.k. s.a. s.l. s.r.l. s.p.a. b.v. n.v. a/s s.r.o. a.s."
)
_LEGAL_FORM = re.compile(rf"\b(?:{'|'.join(re.escape(form.rstrip('.')) for form in _LEGAL_FORMS.split())})\.?\s*$", re.IGNORECASE)
_NAME_PART = re.compile(r"[^\W\d_][^\W\d_'’.\- ]*(?:[-'’ ][^\W\d_]+)*\.?")
_CLOCK = re.compile(r"\d{1,2}:\d{2}")
_CENTS = re.compile(r"[.,]\d\d\D*$")
_COUNTED = re.compile(r"\d{1,3}")
_PAGE = re.compile(r"[^<>\n]+\.html?", re.IGNORECASE)
_CLOCKLESS = re.compile(r"[2-5]\d{4}(?:[.,]\d+)?|1\d{9}(?:\d{3})?")  # days of a spreadsheet, seconds or milliseconds since 1970
READ = 0.8  # of the different values of a column say something in a field

Columns = Mapping[int, Values]
Guess = tuple[int, Match]


def guess(
    spec: ObjectSpec, columns: Columns, unread: set[int], landmarks: Landmarks, *, headless: bool, taken: frozenset[str] = frozenset()
) -> Iterator[Guess]:
    """Likely roles for columns without a telling header, most reliable first; a role or column may come more than once.

    `taken` are the roles that headers have told.

    Where the table has headers, only what the values all but prove is offered: the rest are the customer's own fields. And
    only for the `unread` ones, whose headers nobody can read; "Invoice Email" is readable, and means no contact's address.
    """
    if headless:
        yield from _keys(spec, {0: columns[0]} if 0 in columns else {}, headless)
    yield from _telling_words(spec, columns)
    yield from _parents_of_any_kind(spec, columns, landmarks, taken)
    yield from _references(spec, columns, landmarks)
    yield from _looks(spec, columns)
    columns = {position: values for position, values in columns.items() if position in unread}
    yield from _keys(spec, columns, headless)
    yield from _by_test(
        spec, columns, ("email", "email2", "contact_email"), lambda values: values.share("email") >= 0.8, 0.65, "e-mail addresses"
    )
    yield from _examples(spec, columns)
    yield from _by_test(spec, columns, ("currency",), lambda values: values.share_within(_currencies()) >= 0.9, 0.65, "currency codes")
    yield from _by_test(
        spec, columns, ("country",), lambda values: values.share_within(countries()) >= 0.8 and values.filled > 1, 0.6, "countries"
    )
    if headless:
        yield from _headless(spec, columns)


def lone(spec: ObjectSpec, columns: Columns, unnamed: Sequence[int]) -> Iterator[Guess]:
    """What one column alone can be, whatever its header says: the only dates, addresses or words of a kind in a narrow object."""
    for field in spec.fields:
        if field.reads:
            yield from _only(columns, unnamed, field.role, partial(_reads, field), "words of its kind")
    if "first_name" not in spec.by_role and "name" not in spec.by_role:
        yield from _only(columns, unnamed, "email", lambda values: values.share("email") >= 0.8, "the only e-mail addresses")
        moment = next((role for role in ("at", "joined", "date") if role in spec.by_role), "")
        yield from _only(columns, unnamed, moment, _is_moment, "the only points in time")
    if "html" in spec.by_role:
        yield from _only(columns, unnamed, "path", lambda values: _all_are(_PAGE, values), "names of html files")


def _only(columns: Columns, unnamed: Sequence[int], role: str, test: Callable[[Values], bool], what: str) -> Iterator[Guess]:
    fitting = [position for position, values in columns.items() if values.filled and test(values)]
    if role and len(fitting) == 1 and fitting[0] in unnamed:
        yield fitting[0], Match(role, 0.7, f"values are {what}")


def _reads(field: FieldSpec, values: Values) -> bool:
    return values.share_read(field) >= READ


def _is_moment(values: Values) -> bool:
    return values.share("date") >= 0.8 or _all_are(_CLOCKLESS, values)


def _all_are(pattern: re.Pattern[str], values: Values) -> bool:
    return sum(pattern.fullmatch(text) is not None for text in values.texts) >= 0.9 * values.filled


def _headless(spec: ObjectSpec, columns: Columns) -> Iterator[Guess]:
    yield from _by_test(spec, columns, ("website",), _is_website, 0.6, "web addresses of different hosts")
    yield from _by_test(spec, columns, ("phone", "mobile", "home_phone"), _is_phone, 0.55, "phone numbers")
    yield from _people(spec, columns)
    company = "name" if spec.name == "companies" else "company_ref"
    yield from _by_test(spec, columns, (company,), _is_company, 0.6, "names of companies")
    yield from _by_test(spec, columns, ("created_at",), _is_time_stamp, 0.5, "points in time")
    yield from _by_test(
        spec, columns, ("close_date",), lambda values: values.share("date") >= 0.9 and not _is_time_stamp(values), 0.5, "dates"
    )
    yield from _by_test(spec, columns, ("at", "joined", "date"), lambda values: values.share("date") >= 0.9, 0.5, "points in time")
    yield from _by_test(spec, columns, ("value", "price"), _is_money, 0.5, "amounts")
    yield from _by_test(spec, columns, ("body",), lambda values: _length(values) > 25, 0.55, "running text")
    label = () if "first_name" in spec.by_role else spec.label_roles[:1]
    yield from _by_test(spec, columns, label, _is_plain_text, 0.5, "short different texts")


def _references(spec: ObjectSpec, columns: Columns, landmarks: Landmarks) -> Iterator[Guess]:
    for field in spec.fields:
        if field.refers in {"", spec.name} or (field.type == "text" and (field.refers, field.role) not in landmarks.texts):
            continue
        for position, values in columns.items():
            if "email" in spec.by_role and values.share("email") >= 0.8:
                continue  # an address is told as one, whoever has it
            support = landmarks.support(field, values)
            proven = field.role in {"pipeline", "stage"} or support >= landmarks.strongest(values)
            if support >= 0.55 and proven and not _only_counts(values):
                yield position, _match(field.role, 0.55 + 0.15 * support, f"values are known from {field.refers}")


def _telling_words(spec: ObjectSpec, columns: Columns) -> Iterator[Guess]:
    for field in spec.fields:
        yield from _by_test(spec, columns, (field.role,), partial(holds_words_of, field), 0.75, f"usual words of {field.role}")


def _parents_of_any_kind(spec: ObjectSpec, columns: Columns, landmarks: Landmarks, taken: frozenset[str]) -> Iterator[Guess]:
    """Beside a column that says of which kind the parent is stands one with ids, or names, of several objects."""
    kind = spec.by_role.get("parent_type")
    if kind is None or not ("parent_type" in taken or any(holds_words_of(kind, values) for values in columns.values())):
        return
    known = frozenset(chain.from_iterable((*landmarks.ids.values(), *landmarks.names.values())))
    yield from _by_test(spec, columns, ("parent_id",), lambda values: values.share_within(known) >= 0.55, 0.72, "known from several tables")


def _keys(spec: ObjectSpec, columns: Columns, headless: bool) -> Iterator[Guess]:
    for position, values in columns.items():
        if spec.key_roles and values.is_unique and (position == 0 or headless) and _looks_like_ids(values):
            yield position, _match(spec.key_roles[0], 0.6, "every row has a value of its own")


def _examples(spec: ObjectSpec, columns: Columns) -> Iterator[Guess]:
    for field in spec.fields:
        if field.type == "enum" and field.examples:
            yield from _by_test(spec, columns, (field.role,), _holds_examples(field), 0.6, f"usual words of {field.role}")


def _looks(spec: ObjectSpec, columns: Columns) -> Iterator[Guess]:
    """What only one field's values look like tells it in any language."""
    for field in spec.fields:
        for position, values in columns.items() if field.looks else ():
            if has_looks(field, values):
                yield position, Match(field.role, 0.9, f"values look like those of {field.role}")


def _holds_examples(field: FieldSpec) -> Callable[[Values], bool]:
    return lambda values: len(values.distinct) > 1 and values.share_within(field.examples) >= 0.8


def _by_test(
    spec: ObjectSpec, columns: Columns, roles: Sequence[str], test: Callable[[Values], bool], certainty: float, what: str
) -> Iterator[Guess]:
    present = [role for role in roles if role in spec.by_role]
    fitting = [position for position, values in columns.items() if values.filled and test(values)] if present else []
    for position in fitting:
        for role in present:
            yield position, _match(role, certainty, f"values are {what}")


def _people(spec: ObjectSpec, columns: Columns) -> Iterator[Guess]:
    """First and last names: what stands in the e-mail addresses, else two neighbours that look like names."""
    if "first_name" not in spec.by_role:
        return
    named = [position for position, values in columns.items() if _looks_like_names(values)]
    addresses = next((values for values in columns.values() if values.share("email") >= 0.8), None)
    if addresses is not None:
        shares = {position: _share_in(columns[position], addresses) for position in named}
        named = sorted((at for at in named if shares[at] >= 0.2), key=lambda at: -round(shares[at], 1)) or named
    single = [position for position in named if _words_each(columns[position]) < 1.5][:2]
    if len(single) == 2:
        for position, role in zip(sorted(single), ("first_name", "last_name"), strict=True):
            yield position, _match(role, 0.55, "values look like names of people")
    whole = "full_name" if "full_name" in spec.by_role else "name"
    for position in named:
        if _words_each(columns[position]) >= 1.5:
            yield position, _match(whole, 0.55, "values look like names of people")


def _share_in(names: Values, addresses: Values) -> float:
    local = " ".join(address.partition("@")[0] for address in addresses.distinct)
    return sum(name.split()[-1] in local for name in names.distinct if len(name) > 1) / (len(names.distinct) or 1)


def _looks_like_names(values: Values) -> bool:
    good = sum(_NAME_PART.fullmatch(text) is not None and text[0].isupper() for text in values.texts)
    return (
        values.filled > 0.5 * values.rows
        and good >= 0.7 * values.filled
        and len(values.distinct) >= 0.3 * values.filled
        and _words_each(values) < 3
    )


def _words_each(values: Values) -> float:
    return sum(len(text.split()) for text in values.texts) / values.filled if values.filled else 0.0


def _length(values: Values) -> float:
    return sum(map(len, values.texts)) / values.filled if values.filled else 0.0


def _looks_like_ids(values: Values) -> bool:
    if any(values.share(kind) >= 0.5 for kind in ("email", "url", "date")):
        return False
    numbered = sum(any(sign.isdigit() for sign in text) for text in values.texts)
    whole = sum(len(text) <= 40 and " " not in text for text in values.texts)
    return min(numbered, whole) >= 0.95 * values.filled


def _only_counts(values: Values) -> bool:
    """Small plain numbers occur everywhere: they prove no reference."""
    return all(_COUNTED.fullmatch(text) for text in values.texts)


def _is_website(values: Values) -> bool:
    hosts = {urlsplit(text if "//" in text else f"//{text}").netloc for text in values.texts}
    return values.share("url") >= 0.6 and len(hosts) >= 0.5 * values.filled


def _is_phone(values: Values) -> bool:
    dialled = sum(text[0] in "+0(" for text in values.texts)
    return values.share("phone") >= 0.7 and (values.share("number") < 0.7 or dialled >= 0.7 * values.filled)


def _is_company(values: Values) -> bool:
    return sum(_LEGAL_FORM.search(text) is not None for text in values.texts) >= 0.15 * values.filled


def _is_time_stamp(values: Values) -> bool:
    timed = sum(_CLOCK.search(text) is not None for text in values.texts)
    return values.share("date") >= 0.9 and timed >= 0.9 * values.filled >= 0.8 * values.rows


def _is_money(values: Values) -> bool:
    cents = sum(_CENTS.search(text) is not None for text in values.texts)
    return values.share("number") >= 0.9 and cents > 0.5 * values.filled and len(values.distinct) >= 0.5 * values.filled


def _is_plain_text(values: Values) -> bool:
    lettered = sum(any(sign.isalpha() for sign in text) for text in values.texts)
    kinds = max(values.share(kind) for kind in ("email", "url", "date", "number"))
    return (
        values.filled >= 0.8 * values.rows
        and lettered >= 0.9 * values.filled
        and kinds < 0.3
        and len(values.distinct) >= 0.7 * values.filled
        and _words_each(values) > 1.2
    )


@cache
def _currencies() -> frozenset[str]:
    return frozenset(fold(str(code)) for code in Locale("en").currencies)


def _match(role: str, certainty: float, reason: str) -> Match:
    return Match(role, round(certainty, 2), reason, telling=False)
