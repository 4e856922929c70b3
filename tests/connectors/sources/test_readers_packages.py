"""What one file cannot tell and its package can, and what looks like a table and is none."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from connectors.sources.peek import peek
from connectors.sources.recognise import recognise, recognise_package
from connectors.sources.registry import get_source


def table_of(path: Path, name: str = "") -> dict:
    return next(table for table in peek(path)["tables"] if not name or table["file"] == name)


def test_a_short_file_is_read_in_the_code_page_of_its_package(tmp_path: Path) -> None:
    (tmp_path / "owners.csv").write_bytes("name,city\nNicolò Søby,Forlì\n".encode("cp1252"))
    people = ("Björn Åkesson,Århus", "Renée Peña,Besançon", "Søren Ødegård,Cádiz", "François Çelik,Århus")
    (tmp_path / "people.csv").write_bytes("\n".join(("name,city", *people)).encode("cp1252"))
    assert [table["encoding"] for table in peek(tmp_path)["tables"]] == ["cp1252", "cp1252"]
    assert table_of(tmp_path, "owners.csv")["columns"][0]["examples"] == ["Nicolò Søby"]


def test_western_names_in_a_central_european_file_do_not_make_it_western(tmp_path: Path) -> None:
    rows = "".join(f"Gęś {number},Łódź,José Müller\n" for number in range(5))
    (tmp_path / "firmy.csv").write_bytes(f"Nazwa,Miejscowość,Opiekun główny\n{rows}".encode("cp1250"))
    assert table_of(tmp_path)["headers"] == ["Nazwa", "Miejscowość", "Opiekun główny"]


def test_a_title_of_as_many_words_as_there_are_columns_is_still_a_title(tmp_path: Path) -> None:
    titles, rows = "Results - list report\nPrinted by: Office\n", "Phase,Order,Process,Chance\nLead,1,New,10\nOffer,2,New,50\n"
    (tmp_path / "stages.csv").write_text(titles + rows)
    table = table_of(tmp_path)
    assert (table["headers"], table["header_row"], table["rows"]) == (["Phase", "Order", "Process", "Chance"], 3, 2)


@pytest.mark.parametrize(("filled", "columns"), [(1, 2), (20, 3)])
def test_a_column_without_a_name_is_one_where_most_rows_fill_it(tmp_path: Path, filled: int, columns: int) -> None:
    book = Workbook()
    book.active.append(["Company ID", "Company Name"])
    for number in range(20):
        book.active.append([number, f"Firm {number}", *(["see next page"] if number < filled else [])])
    book.save(tmp_path / "companies.xlsx")
    table = table_of(tmp_path)
    assert (len(table["headers"]), table["long"]) == (columns, 1 if columns == 2 else 0)


@pytest.mark.parametrize("header", ["N° d'opportunité", "N° d’opportunité", "Codice dell'opportunità"])
def test_short_words_before_an_apostrophe_are_words(header: str) -> None:
    found = recognise(get_source("results"), "export.csv", [header, "Étape", "Montant"], [["7", "Lead", "1,00"], ["8", "Lead", "2,00"]])
    assert (found.object, found.roles[0]) == ("deals", "id")


def test_an_id_that_is_known_from_another_table_is_no_key_of_this_one() -> None:
    contacts = ("contacts.csv", ["Contact ID", "Name"], [[f"CT-{number}", f"Ann {number}"] for number in range(9)])
    notes = ("notes.csv", ["File No", "Note", "Linked To", "Record ID"], [[f"N-{n}", "Rang back", "Contact", f"CT-{n}"] for n in range(9)])
    roles = recognise_package(get_source("results"), [contacts, notes])[1].roles
    assert (roles[2], roles[3]) == ("parent_type", "parent_id")
