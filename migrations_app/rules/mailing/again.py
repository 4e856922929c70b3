"""Sends that were planned before, met again by an export that tells more of them, or less: each stays the one record it is."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from migrations_app.rules.mailing.timeline import UNTOLD, Sent, minute_of, stamp


class Before(NamedTuple):
    """One record of a message to a contact; `minute` is when that was sent, None as long as no export has told."""

    key: str
    minute: int | None
    is_stamped: bool  # the key has the minute in it


def before(key: str, found_out: int | None) -> Before:
    """`found_out`: the minute that a later export told of a record whose key has none."""
    minute = minute_of(key.rpartition("@")[2])
    return Before(key, found_out if minute is None else minute, is_stamped=minute is not None)


def met(sends: Sequence[Sent], known: Iterable[Before]) -> dict[Sent, Before]:
    """Which record each send of one message to one contact is; a send that is not in the answer is new.

    The minute tells. Of what is left, a record that was first heard of by an open takes a sending that is told of only now, first one
    of which more is known; and a send that is known by its opens now takes the record of the sending before them.
    """
    left = sorted(known, key=lambda each: each.is_stamped)
    found: dict[Sent, Before] = {}
    for choose in (_of_that_minute, _told_otherwise):
        for sent in sorted((sent for sent in sends if sent not in found), key=lambda sent: (not sent.is_answered, sent.minute)):
            if mine := choose(sent, left):
                found[sent] = mine
                left.remove(mine)
    return found


def _of_that_minute(sent: Sent, records: Sequence[Before]) -> Before | None:
    if stamp(sent) == UNTOLD:
        return _unstamped(records)
    return next((each for each in records if each.minute == sent.minute), None)


def _told_otherwise(sent: Sent, records: Sequence[Before]) -> Before | None:
    """Opens belong to their latest sending; what seems to have been opened before any (clocks differ) to the first."""
    if stamp(sent) != UNTOLD:
        return _unstamped(records)
    sendings = sorted((each.minute or 0, each) for each in records)
    earlier = [each for minute, each in sendings if minute <= sent.minute]
    return earlier[-1] if earlier else next((each for _, each in sendings), None)


def _unstamped(records: Sequence[Before]) -> Before | None:
    return next((each for each in records if not each.is_stamped), None)


def as_told(sent: Sent, record: Before) -> Sent:
    """When it was sent stays known, though the newest export does not say it any more."""
    return sent._replace(minute=record.minute, is_told=True) if stamp(sent) == UNTOLD and record.minute is not None else sent
