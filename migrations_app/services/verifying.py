"""Stage verify: what was written is read back by list pages and compared field by field (LEDGER.md 5)."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.db import transaction

from connectors.pipedrive.client import Pipedrive
from connectors.pipedrive.entities import entity as entity_of
from migrations_app.models import Conflict, Difference, LinkEvent, LinkParent, Phase, RecordLink, Run, require
from migrations_app.rules import canon, marks
from migrations_app.rules.differing import flat
from migrations_app.rules.kinds_of_record import IN_NAME, KINDS, many
from migrations_app.services import clock, connecting, contents, history, lists, merged, schema
from migrations_app.services.building import source_id
from migrations_app.services.likeness import Likeness, likeness_in, moment
from migrations_app.services.lines import VALUE, with_lines
from migrations_app.services.staging import chunks
from migrations_app.states import LINK_IN_TARGET, LinkState, PhaseState, RunState

FOR_PEOPLE = ("left", "kept")  # what a rollback or a correction left to them: no reading finds that again
LINK_FIELDS = ("org_id", "person_id", "participants", "deal_id", "product_id", "activity_id", "owner_id", "user_id", "stage_id")
ONES = (1 << 256) - 1


@dataclass(slots=True)
class Reading:
    """What one reading of an entity found."""

    verified: int = 0
    links_checked: int = 0
    gone: int = 0
    strays: int = 0
    ours: int = 0
    fresh: int = 0  # those of ours that this run wrote
    edited: int = 0
    digest: int = 0
    totals: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    sent_totals: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def add_value(self, live: Mapping[str, Any], sent: Mapping[str, Any]) -> None:
        self.totals[str(live.get("currency"))] += Decimal(str(live.get(VALUE) or 0))
        self.sent_totals[str(sent.get("currency", live.get("currency")))] += Decimal(str(sent.get(VALUE) or 0))

    def excuse(self, heirs: int, moved: int, fresh: int) -> None:
        """What only looks wrong because people deleted or merged something else."""
        self.strays -= heirs
        self.ours, self.edited, self.fresh = self.ours - moved, self.edited + moved, self.fresh - fresh

    @property
    def sound(self) -> bool:
        """Nothing stands in the account that no link names, and nothing that we wrote reads back different."""
        return self.strays == 0 and self.ours == 0

    @property
    def closes(self) -> bool:
        """What an earlier run wrote and signed off keeps no phase open: this run has nothing to do with it."""
        return self.strays == 0 and self.fresh == 0


def verify_phase(phase: Phase, client: Pipedrive, *, whole: bool = False, on_page: Callable[[], None] = lambda: None) -> Reading:
    """Read the phase's records back and keep every difference. 10 tokens per 500 records that changed since the run began.

    With `whole` (or where older runs wrote some of them) the full list is read. Writes Difference rows and Phase.report;
    `on_page` is called after each page.
    """
    run = phase.run
    account = run.account
    target = schema.account_schema(account)
    code = target.fields.get((phase.entity, schema.SOURCE_ID), "")
    began = clock.db_now()
    reading = Reading()
    older = in_target(run, phase.entity).exclude(written_run=run).exists()
    since = None if whole or older else run.started_at + lists.skew(client) - timedelta(seconds=clock.READ_MARGIN)
    Difference.objects.filter(phase=phase).exclude(kind__in=FOR_PEOPLE).delete()
    likeness = likeness_in(account.schema, phase.entity)
    for page in lists.changed(client, phase.entity, since, under=_unders(run, phase.entity), down_to=_lowest(run, phase.entity)):
        _compare_page(phase, page, code, likeness, reading)
        on_page()
    _find_missing(phase, client, code, likeness, began, reading)
    _note_contents(phase, client, whole, reading)
    reading.excuse(merged.heirs(phase), *merged.moved(phase, client))
    _write_report(phase, reading)
    return reading


def _note_contents(phase: Phase, client: Pipedrive, whole: bool, reading: Reading) -> None:
    for difference in contents.differences(phase, client, whole=whole) if phase.entity == "file" else ():
        difference.save()
        reading.ours += 1
        reading.fresh += difference.link is not None and difference.link.written_run_id == phase.run_id


def _unders(run: Run, entity: str) -> list[str]:
    """Ids of the deals or organizations that have to be asked one by one; nothing for other kinds."""
    beside = KINDS[entity].listed_under
    parents = LinkParent.objects.filter(link__in=in_target(run, entity), role=beside) if beside else LinkParent.objects.none()
    ids = parents.values_list("parent__pipedrive_id", "parent__survivor__pipedrive_id")
    return sorted({own or survivor for own, survivor in ids.distinct().iterator(2000) if own or survivor})


def _lowest(run: Run, entity: str) -> int:
    """The lowest id of ours, where a list can only be read from its newest record down."""
    if entity_of(entity).changes or not entity_of(entity).numbered or KINDS[entity].listed_under:
        return 0
    return min(map(int, in_target(run, entity).values_list("pipedrive_id", flat=True).iterator(2000)), default=0)


def verify_run(run: Run, client: Pipedrive, *, user: Any, progress: Callable[[str], None] = lambda text: None) -> bool:
    """Read everything back that the account has of ours; True where nothing is missing and nothing that we wrote differs.

    A run that took up some kinds only (a retry, say) leaves the others with the run that loaded them: their phases are read too.
    Raises Forbidden.
    """
    require(user, "verify", run.project)
    sound = True
    spent = client.door.spent
    for phase in _standing_phases(run):
        progress(f"reading {many(phase.entity)} back")
        reading = verify_phase(phase, client, whole=True)
        left = phase.report["planned"] + phase.report["unknown"]
        sound = sound and reading.sound and not reading.gone and not left and imbalance(phase.report) == 0
    connecting.note_spend(run.account, client.door.spent - spent)
    return sound


def _standing_phases(run: Run) -> list[Phase]:
    """The run's own phases, and of every other kind the newest phase that an earlier run into the account has closed."""
    found = {phase.entity: phase for phase in run.phases.all()}
    earlier = Phase.objects.filter(run__account=run.account, run__lt=run.pk, state=PhaseState.CLOSED)
    for phase in earlier.exclude(run__state=RunState.ROLLED_BACK).order_by("-run", "position").select_related("run__account__project"):
        found.setdefault(phase.entity, phase)
    return sorted(found.values(), key=lambda phase: phase.position)


def in_target(run: Run, entity: str) -> Any:
    return RecordLink.objects.filter(run=run, entity=entity, state__in=LINK_IN_TARGET)


# --- comparing -------------------------------------------------------------------------------------------------------


def _compare_page(phase: Phase, page: Sequence[dict[str, Any]], code: str, likeness: Likeness, reading: Reading) -> None:
    """One page of the list: four queries, whatever it holds."""
    live = {str(item["id"]): item for item in page}
    rows = RecordLink.objects.filter(account=phase.run.account, entity=phase.entity, pipedrive_id__in=list(live), state__in=LINK_IN_TARGET)
    links = {link.pipedrive_id: link for link in rows}
    sent = history.written(links.values())
    following = with_lines(links.values())
    found: list[Difference] = []
    strangers: list[dict[str, Any]] = []
    for pipedrive_id, item in live.items():
        link = links.get(pipedrive_id)
        if link is None:
            strangers.append(item)
        else:
            mine = sent.get(link.pk, history.Written())
            values = {name: value for name, value in mine.values.items() if name != VALUE or link.pk not in following}
            if phase.entity == "deal":  # the sum of its lines is Pipedrive's own
                reading.add_value(item, item if link.pk in following else values)
            found += _differences(phase, link, item, values, mine.stamp, likeness, reading)
    found += _strays(phase, strangers, code, reading)
    with transaction.atomic():
        Difference.objects.bulk_create(found, batch_size=500)
        RecordLink.objects.filter(pk__in=[link.pk for link in links.values()]).update(seen_at=clock.db_now())


def _differences(
    phase: Phase, link: RecordLink, item: dict[str, Any], body: Mapping[str, Any], stamp: str, likeness: Likeness, reading: Reading
) -> Iterator[Difference]:
    live = flat(item)
    reading.verified += 1
    reading.links_checked += sum(1 for name in LINK_FIELDS if name in body)
    reading.digest = (reading.digest + _row_digest(item["id"], live, body, likeness)) & ONES
    edited = bool(stamp) and moment(item.get("update_time")) > moment(stamp)
    for name, value in body.items():
        if likeness.same(name, value, live):
            continue
        reading.edited += edited
        reading.ours += not edited
        reading.fresh += not edited and link.written_run_id == phase.run_id
        kind = "edited" if edited else "value"
        yield Difference(
            phase=phase, link=link, kind=kind, field=name, sent=value, live=live.get(name), pipedrive_id=link.pipedrive_id, ours=not edited
        )


def _strays(phase: Phase, items: Sequence[dict[str, Any]], code: str, reading: Reading) -> Iterator[Difference]:
    """Records with a source id of this project, or a reference to a record of ours, that no link names: made twice, or copied by
    somebody. At most one query."""
    kind = KINDS[phase.entity]
    if kind.marked:
        told = {str(item["id"]): mark for item in items if (mark := marks.reference_in(kind, item))}
        keys = {f"{phase.entity}:{mark}" if kind.known_by == IN_NAME else mark for mark in told.values()}
        known = RecordLink.objects.filter(account=phase.run.account, entity=phase.entity, key__in=keys) if keys else ()
        ours = {marks.reference(kind, link.key) for link in known}
        strays = {id: mark for id, mark in told.items() if mark in ours}
    else:
        found = {str(item["id"]): str((item.get("custom_fields") or {}).get(code) or "") for item in items}
        strays = {id: mark for id, mark in found.items() if mark.startswith(source_id(phase.run.project, ""))}
    reading.strays += len(strays)
    for id, mark in strays.items():
        yield Difference(phase=phase, kind="stray", field="source id", live=mark, pipedrive_id=id)


def _row_digest(pipedrive_id: Any, live: Mapping[str, Any], body: Mapping[str, Any], likeness: Likeness) -> int:
    """A sum per record; the sums are added, so the digest needs no order and no memory."""
    values = {name: canon.canonical(likeness.type_of(name), live.get(name)) for name in sorted(body)}
    text = json.dumps([canon.VERSION, str(pipedrive_id), values], ensure_ascii=False, default=str)
    return int.from_bytes(sha256(text.encode(errors="replace")).digest(), "big")


# --- what was not there ----------------------------------------------------------------------------------------------


def _find_missing(phase: Phase, client: Pipedrive, code: str, likeness: Likeness, began: datetime, reading: Reading) -> None:
    """Records of the ledger that the list did not show: asked for by id; what is not there either was deleted or merged by people."""
    unseen = in_target(phase.run, phase.entity).exclude(seen_at__gte=began)
    pks = list(unseen.order_by("pk").values_list("pk", flat=True))
    for some in chunks(pks, lists.IDS_AT_ONCE):
        found = lists.by_id(client, list(unseen.filter(pk__in=some)))
        _compare_page(phase, list(found.values()), code, likeness, reading)
    for some in chunks(pks, 500):
        gone = unseen.filter(pk__in=some)
        reading.gone += len(gone)
        Difference.objects.bulk_create(
            [Difference(phase=phase, link=link, kind="gone", pipedrive_id=link.pipedrive_id, ours=False) for link in gone], batch_size=500
        )


# --- counting --------------------------------------------------------------------------------------------------------


def phase_counts(phase: Phase) -> dict[str, Any]:
    """Count B of LEDGER.md 5: every link of the phase in exactly one column. Two queries."""
    run = phase.run
    links = RecordLink.objects.filter(run=run, entity=phase.entity)
    states: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    unchanged = updated = 0
    touched = set(
        LinkEvent.objects.filter(run=run, link__entity=phase.entity, verb=LinkEvent.Verb.UPDATE).values_list("link_id", flat=True)
    )
    for pk, state, reason, written in links.values_list("pk", "state", "reason", "written_run_id").iterator(2000):
        if state == LinkState.SKIPPED:
            skipped[reason] += 1
        elif state == LinkState.MATCHED and written == run.pk:
            states[state] += 1
        elif state in LINK_IN_TARGET and pk in touched:
            updated += 1
        elif state in LINK_IN_TARGET and written != run.pk:
            unchanged += 1
        else:
            states[state] += 1
    return {
        "object": phase.entity,
        "source": phase.source + phase.derived,
        "derived": phase.derived,
        "created": states[LinkState.CREATED],
        "updated": updated,
        "unchanged": unchanged,
        "matched": states[LinkState.MATCHED],
        "merged": states[LinkState.MERGED],
        "skipped": dict(sorted(skipped.items())),
        "refused": states[LinkState.REFUSED],
        "waiting": states[LinkState.WAITING],
        "unknown": states[LinkState.UNKNOWN] + states[LinkState.SENDING],
        "planned": states[LinkState.PLANNED],
        "removed": states[LinkState.REMOVED],
    }


def imbalance(counts: Mapping[str, Any]) -> int:
    """How many rows are accounted for too little (or too often, negative). Zero is balance."""
    settled = ("created", "updated", "unchanged", "matched", "merged", "refused", "waiting", "removed", "planned", "unknown")
    accounted = sum(counts[name] for name in settled) + sum(counts["skipped"].values())
    return int(counts["source"] - accounted)


def _for_people(phase: Phase) -> dict[str, int]:
    """What this load found and left to them: rows that vanished, fields changed on both sides."""
    gone = RecordLink.objects.filter(account=phase.run.account, entity=phase.entity, vanished=True, state__in=LINK_IN_TARGET)
    both = Conflict.objects.filter(run=phase.run, link__entity=phase.entity, present=True)
    return {"vanished": gone.count(), "conflicts": both.count()}


def _write_report(phase: Phase, reading: Reading) -> None:
    report = phase_counts(phase) | {
        "verified": reading.verified,
        "differences": reading.ours + reading.strays,
        "edited": reading.edited,
        "gone": reading.gone,
        "strays": reading.strays,
        "links_checked": reading.links_checked,
        "totals": {currency: str(total) for currency, total in sorted(reading.totals.items())},
        "sent_totals": {currency: str(total) for currency, total in sorted(reading.sent_totals.items())},
        "digest": f"{reading.digest:064x}",
        **_for_people(phase),
    }
    Phase.objects.filter(pk=phase.pk).update(report=report, verified_at=clock.db_now())
    phase.report = report
