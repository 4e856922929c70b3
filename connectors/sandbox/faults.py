"""Faults on demand: seeded, with a share, filters and a number of times; what each kind does stands in KINDS."""

import random
import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import bad_request

KINDS = {
    "drop_before": "the connection is closed, nothing is written",
    "drop_after": "the write is committed, then the connection is closed without an answer",
    "truncate": "the write is committed, the answer breaks off in the middle",
    "late": "the write is committed only after `seconds`, whether or not the client still waits",
    "slow": "the write is committed at once, the answer comes after `seconds`",
    "429": "too many requests, with Retry-After where `retry_after` is given; nothing is written",
    "500": "html instead of an answer; nothing is written, unless `after` is set",
    "502": "as 500",
    "503": "as 500",
    "401": "the token is refused; nothing is written",
    "cloudflare": "403 with the html page of the gateway; nothing is written",
}
_SETTINGS = {"kind", "share", "methods", "paths", "seconds", "retry_after", "after", "times", "company"}


@dataclass
class Fault:
    kind: str
    share: float = 1.0
    methods: tuple[str, ...] = ()
    paths: str = ""  # a regular expression, searched for in the path
    seconds: float = 1.0
    retry_after: int | None = None
    after: bool = False
    times: int | None = None  # how often at most; None for always
    company: str = ""
    _pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._pattern = re.compile(self.paths)

    def fits(self, method: str, path: str, company: str) -> bool:
        if self.times == 0 or (self.methods and method not in self.methods) or (self.company and company != self.company):
            return False
        return self._pattern.search(path) is not None


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Fault] = []
        self._random = random.Random(0)
        self.plan: Mapping[str, Any] = {"seed": 0, "rules": []}
        self.fired: Counter[str] = Counter()

    def set(self, plan: Mapping[str, Any]) -> None:
        rules = [_rule(one) for one in plan.get("rules", [])]
        with self._lock:
            self.plan = {"seed": plan.get("seed", 0), "rules": list(plan.get("rules", []))}
            self._rules, self._random = rules, random.Random(self.plan["seed"])

    def add(self, wanted: Mapping[str, Any]) -> None:
        """One more rule, before all others; it is forgotten when the process ends."""
        rule = _rule(wanted)
        with self._lock:
            self._rules.insert(0, rule)

    def draw(self, method: str, path: str, company: str) -> Fault | None:
        """The first rule that fits and whose lot is drawn."""
        if not self._rules:
            return None
        with self._lock:
            for rule in self._rules:
                if rule.fits(method, path, company) and self._random.random() < rule.share:
                    rule.times = None if rule.times is None else rule.times - 1
                    self.fired[rule.kind] += 1
                    return rule
        return None


def _rule(wanted: Mapping[str, Any]) -> Fault:
    strange = set(wanted) - _SETTINGS
    if strange or str(wanted.get("kind")) not in KINDS:
        raise bad_request(f"A fault has a kind ({', '.join(KINDS)}) and {', '.join(sorted(_SETTINGS - {'kind'}))}; got {dict(wanted)}")
    try:
        return Fault(**{**wanted, "kind": str(wanted["kind"]), "methods": tuple(wanted.get("methods", ()))})
    except re.error as error:
        raise bad_request(f"{wanted['paths']!r} is no regular expression: {error}") from error
