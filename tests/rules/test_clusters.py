from migrations_app.rules.clusters import Company, Contact, company_clusters, contact_clusters, names_alike


def companies(*rows):
    return [(found.strength, found.members) for found in company_clusters(Company(f"C{at}", *row) for at, row in enumerate(rows, 1))]


def contacts(*rows):
    return [
        (found.strength, found.members)
        for found in contact_clusters(Contact(f"P{at}", name, emails) for at, (name, *emails) in enumerate(rows, 1))
    ]


def test_one_host_and_like_names_are_the_same_company():
    rows = [
        ("Iron Timber Ltd", "www.iron.example"),
        ("Other", "other.example"),
        ("IRON Timber Group", "http://Iron.example:80/x"),
        ("", "iron.example"),
    ]
    assert companies(*rows) == [("same", ("C1", "C3", "C4"))]


def test_the_survivor_is_the_first_in_the_file():
    cluster = company_clusters([Company("9", "Acme", "acme.example"), Company("1", "Acme B", "acme.example")])[0]
    assert cluster.survivor == "9"


def test_articles_do_not_make_names_alike():
    assert companies(("The Acme", "a.example"), ("Acme", "a.example")) == [("same", ("C1", "C2"))]
    assert companies(("The Acme", "a.example"), ("The Bolt", "a.example")) == [("doubtful", ("C1", "C2"))]


def test_unlike_names_on_one_host_are_doubtful_beside_what_is_the_same():
    rows = [("Acme", "a.example"), ("Bolt", "a.example"), ("Acme B", "a.example")]
    assert companies(*rows) == [("same", ("C1", "C3")), ("doubtful", ("C1", "C2"))]


def test_a_domain_with_more_than_five_unlike_names_is_no_key():
    assert companies(*((name, "school.example") for name in "abcdef")) == []
    assert len(companies(*((name, "school.example") for name in "abcde"))) == 1


def test_subdomains_are_doubtful():
    assert companies(("Vertex", "vertex.example"), ("Vertex Shop", "shop.vertex.example")) == [("doubtful", ("C1", "C2"))]


def test_free_mail_never_makes_companies_the_same():
    rows = [("Acme", "gmail.com"), ("Bolt", "gmail.com"), ("ACME", "http://gmail.com"), ("", "gmail.com")]
    assert companies(*rows) == [("doubtful", ("C1", "C3"))]


def test_one_name_on_two_domains_is_two_companies():
    assert companies(("Delta Roofing", "delta.example"), ("Delta Roofing", "other.example"), ("Delta Roofing", "")) == []


def test_one_address_and_one_name_is_one_person():
    rows = [("Sofia K", "s@x.example"), ("SOFÍA K", " S@X.Example "), ("Ann", "a@x.example")]
    assert contacts(*rows) == [("same", ("P1", "P2"))]


def test_a_shared_mailbox_is_doubtful():
    rows = [("Ann Bell", "office@x.example"), ("Bob Ray", "office@x.example"), ("A. Bell", "office@x.example")]
    assert contacts(*rows) == [("same", ("P1", "P3")), ("doubtful", ("P1", "P2"))]


def test_what_is_no_address_joins_nobody():
    assert contacts(("Ann", "two words@firm.example"), ("Ann", "two words@firm.example"), ("Bob", ""), ("Bob", "")) == []


def test_a_second_address_counts_and_says_so_once():
    rows = [("Ann Bell", "a@x.example", "b@x.example"), ("Ann Bell", "b@x.example", "a@x.example")]
    assert contacts(*rows) == [("same", ("P1", "P2"))]


def test_when_names_are_alike():
    assert names_alike("Ann Bell", "Bell, Ann")
    assert names_alike("J. Müller", "Jana Muller")
    assert names_alike("", "Ann Bell")
    assert not names_alike("Ann Bell", "Bob Bell")
    assert not names_alike("Ann Bell", "Ann Ray")
