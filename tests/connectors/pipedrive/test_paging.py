"""Lists that change while they are read."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any

import pytest

from connectors.errors import PipedriveError
from connectors.pipedrive.client import Pipedrive
from tests.connectors.pipedrive.scripted import Answer, Asked, Scripted, ok


def _cursor_list(count: int) -> Callable[[Asked], Answer]:
    """A version 2 list of ids 1 to `count`, whose cursor is the last id."""

    def answer(asked: Asked) -> Answer:
        after, limit = int(asked.query.get("cursor", 0)), int(asked.query["limit"])
        ids = range(after + 1, min(after + limit, count) + 1)
        return ok([{"id": id} for id in ids], next_cursor=str(ids[-1]) if ids and ids[-1] < count else None)

    return answer


class OffsetList:
    """A version 1 list by start and limit; `between` may change it after each page. `most` is what the server cuts a page to."""

    def __init__(self, count: int, between: Callable[[list[int], int], None] = lambda ids, page: None, most: int = 500) -> None:
        self.ids, self.between, self.most, self.served = list(range(1, count + 1)), between, most, 0

    def __call__(self, asked: Asked) -> Answer:
        start, limit = int(asked.query["start"]), min(int(asked.query["limit"]), self.most)
        page = self.ids[start : start + limit]
        more = start + limit < len(self.ids)
        self.served += 1
        self.between(self.ids, self.served)
        return ok([{"id": id} for id in page], pagination={"more_items_in_collection": more, "next_start": start + limit})


def _walk(pipedrive: Pipedrive, entity: str, **options: Any) -> list[int]:
    return [record["id"] for page in pipedrive.pages(entity, **options) for record in page]


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1234])
def test_a_cursor_list_is_read_to_its_end(pipedrive: Pipedrive, server: Scripted, count: int) -> None:
    server.always = _cursor_list(count)
    assert _walk(pipedrive, "deal") == list(range(1, count + 1))
    assert len(server.asked) == max(1, -(-count // 500))


def test_a_cursor_that_leads_nowhere_ends_with_an_error(pipedrive: Pipedrive, server: Scripted) -> None:
    server.always = ok([{"id": 1}], next_cursor="again")
    with pytest.raises(PipedriveError, match="does not move on"):
        _walk(pipedrive, "deal")


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 260])
def test_an_offset_list_is_read_to_its_end(pipedrive: Pipedrive, server: Scripted, count: int) -> None:
    server.always = OffsetList(count)
    assert _walk(pipedrive, "note", limit=100) == list(range(1, count + 1))


def test_pages_cut_by_the_server_lose_nothing(pipedrive: Pipedrive, server: Scripted) -> None:
    server.always = OffsetList(95, most=10)
    assert _walk(pipedrive, "note") == list(range(1, 96))


@pytest.mark.parametrize("gone", [1, 7, 60, 99, 150])
def test_records_deleted_before_the_place_pull_nothing_past_it(pipedrive: Pipedrive, server: Scripted, gone: int) -> None:
    def delete_once(ids: list[int], page: int) -> None:
        if page == 2:
            del ids[:gone]

    server.always = OffsetList(300, delete_once)
    assert _walk(pipedrive, "note", limit=50) == [*range(1, 100), *range(max(100, gone + 1), 301)]


def test_the_last_record_seen_may_vanish_itself(pipedrive: Pipedrive, server: Scripted) -> None:
    def delete_around(ids: list[int], page: int) -> None:
        if page == 1:
            del ids[bisect_left(ids, 45) : bisect_right(ids, 50)]

    server.always = OffsetList(120, delete_around)
    assert _walk(pipedrive, "note", limit=50) == list(range(1, 121))


def test_deletions_all_the_way_lose_nothing_that_stays(pipedrive: Pipedrive, server: Scripted) -> None:
    def delete_three(ids: list[int], page: int) -> None:
        del ids[:3]

    notes = OffsetList(400, delete_three)
    server.always = notes
    seen = _walk(pipedrive, "note", limit=20)
    assert set(notes.ids) <= set(seen)
    assert len(seen) == len(set(seen))


def test_records_added_meanwhile_come_at_the_end(pipedrive: Pipedrive, server: Scripted) -> None:
    server.always = OffsetList(100, lambda ids, page: ids.append(ids[-1] + 1) if page < 3 else None)
    assert _walk(pipedrive, "note", limit=50) == list(range(1, 103))


def test_a_list_out_of_order_is_an_error_and_not_a_loss(pipedrive: Pipedrive, server: Scripted) -> None:
    server.always = ok([{"id": 2}, {"id": 1}])
    with pytest.raises(PipedriveError, match="not sorted"):
        _walk(pipedrive, "note")


def test_flags_directly_in_additional_data_are_understood(pipedrive: Pipedrive, server: Scripted) -> None:
    server.script.append(ok([{"id": 1}, {"id": 2}], more_items_in_collection=True, next_start=2))
    server.script.append(ok([{"id": 2}, {"id": 3}], more_items_in_collection=False))
    assert _walk(pipedrive, "note") == [1, 2, 3]
    assert server.asked[1].query["start"] == "1"


class CallLogs(OffsetList):
    """A list whose ids are texts in no order of theirs."""

    def __call__(self, asked: Asked) -> Answer:
        answer = super().__call__(asked)
        for record in answer.body["data"]:
            record["id"] = _name(record["id"])
        return answer


def _name(id: int) -> str:
    return f"CA{id * 7919 % 1009:04d}"


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 149])
def test_a_list_without_an_order_is_read_to_its_end(pipedrive: Pipedrive, server: Scripted, count: int) -> None:
    server.always = CallLogs(count, most=50)
    assert _walk(pipedrive, "call_log") == [_name(id) for id in range(1, count + 1)]


@pytest.mark.parametrize("gone", [1, 7, 60, 99, 110])
def test_what_is_deleted_from_a_list_without_an_order_hides_nothing(pipedrive: Pipedrive, server: Scripted, gone: int) -> None:
    def delete_once(ids: list[int], page: int) -> None:
        if page == 2:
            del ids[:gone]

    server.always = CallLogs(300, delete_once, most=50)
    assert set(_walk(pipedrive, "call_log")) >= {_name(id) for id in range(gone + 1, 301)}


def test_what_comes_in_at_the_head_of_a_list_without_an_order_is_given_once_at_most(pipedrive: Pipedrive, server: Scripted) -> None:
    server.always = CallLogs(120, lambda ids, page: ids.insert(0, 500 + page), most=50)
    found = _walk(pipedrive, "call_log")
    assert len(found) == len(set(found))
    assert set(found) >= {_name(id) for id in range(1, 121)}
