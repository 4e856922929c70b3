"""Who of an account may be whom of the export."""

from migrations_app.rules.counterparts import CREATE, DOUBTFUL, LINK, SURE, Known, company_key, domain_of, mail_domain, marks, matches


def company(id: str, name: str, *domains: str, people: tuple[str, ...] = ()) -> Known:
    return Known(id, name, frozenset(domains), frozenset(people))


def person(id: str, name: str, *emails: str, phones: tuple[str, ...] = ()) -> Known:
    return Known(id, name, emails=frozenset(emails), phones=frozenset(phones))


def told(entity: str, *pairs: tuple[Known, Known]) -> dict[str, tuple[str, str, str]]:
    return {each.ours: (each.theirs, each.likeness.strength, each.likeness.suggestion) for each in matches(entity, pairs)}


def test_one_domain_and_like_names_are_sure() -> None:
    ours, theirs = company("a", "Acme GmbH", "acme.example"), company("7", "ACME Holding", "acme.example")
    assert told("organization", (ours, theirs)) == {"a": ("7", SURE, LINK)}


def test_unlike_names_on_one_domain_are_kept_apart_unless_somebody_says_otherwise() -> None:
    assert told("organization", (company("a", "Acme", "x.example"), company("7", "Zebra", "x.example"))) == {"a": ("7", DOUBTFUL, CREATE)}


def test_a_domain_that_many_unlike_names_share_names_none_of_them() -> None:
    theirs = company("7", "School District", "x.example")
    assert told("organization", *((company(name, name, "x.example"), theirs) for name in "Ash Bay Cove Dune Elm Fir".split())) == {}


def test_what_people_write_from_tells_a_company_of_the_same_name() -> None:
    ours = company("a", "Acme Ltd.", people=("acme.example",))
    assert told("organization", (ours, company("7", "Acme", "acme.example"))) == {"a": ("7", SURE, LINK)}
    assert told("organization", (ours, company("7", "Acme Foods", "acme.example"))) == {"a": ("7", DOUBTFUL, LINK)}
    assert told("organization", (ours, company("7", "Zebra", "acme.example"))) == {}


def test_a_name_alone_is_doubtful_and_nothing_where_the_domains_differ() -> None:
    ours = company("a", "Acme S.A.", "acme.example")
    assert told("organization", (ours, company("7", "ACME"))) == {"a": ("7", DOUBTFUL, LINK)}
    assert told("organization", (ours, company("7", "ACME", "other.example"))) == {}


def test_several_that_fit_are_doubtful_on_either_side() -> None:
    ours = person("a", "Ann Archer", "a@x.example")
    several = (ours, person("7", "Ann Archer", "a@x.example")), (ours, person("8", "A. Archer", "a@x.example"))
    [match] = matches("person", several)
    assert (match.theirs, match.others, match.likeness.strength) == ("7", ("8",), DOUBTFUL)
    both = told("person", several[0], (person("b", "Ann Archer", "a@x.example"), several[0][1]))
    assert both == {"a": ("7", DOUBTFUL, LINK), "b": ("7", DOUBTFUL, LINK)}


def test_a_couple_of_one_mailbox_keeps_to_itself() -> None:
    ann = person("7", "Ann Archer", "office@x.example")
    pairs = (person("a", "Ann Archer", "office@x.example"), ann), (person("b", "Bob Archer", "office@x.example"), ann)
    assert told("person", *pairs) == {"a": ("7", SURE, LINK)}
    assert told("person", pairs[1]) == {"b": ("7", DOUBTFUL, CREATE)}


def test_name_and_phone_are_doubtful() -> None:
    ours, theirs = person("a", "Cid Cook", phones=("+49301",)), person("7", "COOK, Cid", phones=("+49301",))
    assert told("person", (ours, theirs)) == {"a": ("7", DOUBTFUL, LINK)}
    assert told("person", (ours, person("7", "Cid Cook", phones=("+49302",)))) == {}


def test_shared_hosts_and_mail_of_everybody_are_no_mark() -> None:
    assert (domain_of("https://facebook.com/acme"), mail_domain("acme@gmail.com"), mail_domain("n/a")) == ("", "", "")
    assert (domain_of("shop.acme.co.uk"), mail_domain("x@acme.co.uk")) == ("acme.co.uk", "acme.co.uk")
    assert list(marks("person", person("a", "Ann"))) == []


def test_a_legal_form_is_no_name() -> None:
    assert company_key("Łódź Sp. z o.o.") == company_key("Łódź")
    assert (company_key("Co"), company_key("東京商事")) == ("co", "東京商事")
