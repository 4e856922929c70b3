"""The floors of the house and the few rules that keep it readable, held by plain `ast` over the real tree.

Each check is a function over a mapping of file to source, so that the tests below can also show that it bites.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = ("config", "connectors", "migrations_app", "reconciliation")
Sources = Mapping[str, str]

# Module prefix -> what it may import of the project. The longest prefix that fits decides.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "connectors.errors": (),
    "connectors.records": (),
    "connectors.sources": ("connectors.sources", "connectors.errors", "connectors.records"),
    "connectors.registry": ("connectors.sources", "connectors.errors", "connectors.records"),
    "connectors.pipedrive": ("connectors.pipedrive", "connectors.errors", "connectors.records"),
    "connectors.sandbox": ("connectors.sandbox",),
    "migrations_app.states": (),
    "migrations_app.rules": ("migrations_app.rules", "migrations_app.states", "connectors.records", "connectors.errors"),
    "migrations_app.gates": ("migrations_app.states", "migrations_app.rules", "connectors.errors", "connectors.records"),
    "migrations_app.hooks": ("migrations_app.states", "migrations_app.rules", "connectors.errors", "connectors.records"),
    "migrations_app.verbs": ("migrations_app.states", "migrations_app.rules", "connectors.errors", "connectors.records"),
    "migrations_app.models": (
        "migrations_app.models",
        "migrations_app.states",
        "migrations_app.gates",
        "migrations_app.hooks",
        "migrations_app.verbs",
        "migrations_app.rules",
        "connectors.sources",
        "connectors.registry",
        "connectors.pipedrive",
        "connectors.errors",
        "connectors.records",
    ),
    "migrations_app.services": (
        "migrations_app.services",
        "migrations_app.models",
        "migrations_app.states",
        "migrations_app.gates",
        "migrations_app.hooks",
        "migrations_app.verbs",
        "migrations_app.rules",
        "connectors.sources",
        "connectors.registry",
        "connectors.pipedrive",
        "connectors.errors",
        "connectors.records",
    ),
    "migrations_app.jobs": (
        "migrations_app.services",
        "migrations_app.models",
        "migrations_app.states",
        "migrations_app.gates",
        "migrations_app.hooks",
        "migrations_app.verbs",
        "connectors.errors",
        "connectors.records",
    ),
    "migrations_app": ("migrations_app", "connectors"),  # admin, management, demo and the app's own wiring
    "reconciliation": ("reconciliation", "migrations_app", "connectors"),
    "config": PRODUCT,
    "connectors": ("connectors",),
}
ENQUEUES = ("django_rq", "rq", "migrations_app.jobs")
SALESFORCE = re.compile(r"WhatId|WhoId|OwnerId|ContentDocument|Price\s?[Bb]ook")
HOME = re.compile(r"/(?:home|Users|root)/\w|[A-Z]:\\Users\\")
FILE_LINES, FUNCTION_LINES = 400, 60


@cache
def tree(*suffixes: str) -> dict[str, str]:
    """Path (posix, from the root) to text of the product's own files."""
    found = (path for top in PRODUCT for path in sorted((ROOT / top).rglob("*")) if path.suffix in suffixes)
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in found}


def module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports(path: str, source: str) -> Iterator[tuple[int, str]]:
    """Every imported name in full: `from a.b import c` gives `a.b.c`; relative ones are resolved. Also inside functions."""
    here = module(path).split(".")
    package = here if path.endswith("/__init__.py") else here[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            full = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{full}.{alias.name}") for alias in node.names)


def under(name: str, *prefixes: str) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def floor(path: str) -> str:
    return max((prefix for prefix in MAY_IMPORT if under(module(path), prefix)), key=len)


def arrows_up(sources: Sources) -> list[str]:
    """Imports that go to a floor above, or sideways where two floors do not know each other."""
    return [
        f"{path}:{line} imports {name}"
        for path, source in sources.items()
        for line, name in imports(path, source)
        if under(name, *PRODUCT) and not under(name, *MAY_IMPORT[floor(path)])
    ]


def imported(*names: str, under_path: str = "", except_in: tuple[str, ...] = ()) -> Callable[[Sources], list[str]]:
    """A check that nothing under a path imports one of the names."""

    def check(sources: Sources) -> list[str]:
        return [
            f"{path}:{line} imports {name}"
            for path, source in sources.items()
            if path.startswith(under_path) and path not in except_in
            for line, name in imports(path, source)
            if under(name, *names)
        ]

    return check


def clocks(sources: Sources) -> list[str]:
    """Calls such as datetime.now() or date.today() in the pure rules."""
    asked = {"now", "utcnow", "today", "localtime", "gmtime"}
    return [
        f"{path}:{node.lineno} asks the clock: {ast.unparse(node.func)}"
        for path, source in sources.items()
        if path.startswith("migrations_app/rules/")
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in asked
    ]


def matching(pattern: re.Pattern[str]) -> Callable[[Sources], list[str]]:
    def check(sources: Sources) -> list[str]:
        lines = ((path, number, line) for path, text in sources.items() for number, line in enumerate(text.splitlines(), 1))
        return [f"{path}:{number} {line.strip()}" for path, number, line in lines if pattern.search(line)]

    return check


def long_files(sources: Sources) -> list[str]:
    lengths = {path: len(text.splitlines()) for path, text in sources.items() if "/migrations/" not in path}
    return [f"{path} has {lines} lines" for path, lines in lengths.items() if lines > FILE_LINES]


def long_functions(sources: Sources) -> list[str]:
    return [
        f"{path}:{node.lineno} {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for path, source in sources.items()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= FUNCTION_LINES
    ]


def swallowed(sources: Sources) -> list[str]:
    """`except` (bare or Exception) whose whole answer is `pass`."""
    return [
        f"{path}:{node.lineno}"
        for path, source in sources.items()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
        and all(isinstance(statement, ast.Pass) for statement in node.body)
    ]


CODE = (".py",)
SCREENS = (".py", ".html", ".txt")

# name: (check, which files, a file that it must object to)
RULES: dict[str, tuple[Callable[[Sources], list[str]], tuple[str, ...], tuple[str, str]]] = {
    "imports go downwards": (arrows_up, CODE, ("migrations_app/services/x.py", "from migrations_app.admin import sites")),
    "services never import jobs": (
        imported(*ENQUEUES, under_path="migrations_app/services/"),
        CODE,
        ("migrations_app/services/x.py", "def f():\n    from .. import jobs"),
    ),
    "reconciliation's services never import jobs": (
        imported(*ENQUEUES, under_path="reconciliation/services/"),
        CODE,
        ("reconciliation/services/x.py", "from migrations_app.jobs import launch"),
    ),
    "nothing below reconciliation knows it": (
        imported("reconciliation", under_path="migrations_app/"),
        CODE,
        ("migrations_app/admin/x.py", "import reconciliation.models"),
    ),
    "sources and pipedrive do not know each other": (arrows_up, CODE, ("connectors/sources/x.py", "from ..pipedrive import client")),
    "the sandbox imports nothing of the project": (arrows_up, CODE, ("connectors/sandbox/x.py", "from connectors import errors")),
    "no Django in connectors": (
        imported("django", "django_rq", "migrations_app", "reconciliation", under_path="connectors/"),
        CODE,
        ("connectors/sources/x.py", "from django.utils import timezone"),
    ),
    "one door to HTTP": (
        imported(
            "requests", "urllib3", "httpx", "http.client", except_in=("connectors/pipedrive/http.py", "connectors/pipedrive/downloads.py")
        ),
        CODE,
        ("migrations_app/services/x.py", "import requests"),
    ),
    "rules are pure": (
        imported("django", "requests", "time", "random", "socket", "os", "pathlib", "subprocess", under_path="migrations_app/rules/"),
        CODE,
        ("migrations_app/rules/x.py", "from time import time"),
    ),
    "rules ask no clock": (clocks, CODE, ("migrations_app/rules/x.py", "import datetime\nd = datetime.datetime.now()")),
    "no words of another CRM": (matching(SALESFORCE), SCREENS, ("migrations_app/x.py", "OwnerId = 1")),
    "no path of somebody's machine": (matching(HOME), SCREENS, ("config/x.py", "p = '/" + "home/someone/x'")),
    "files stay short": (long_files, SCREENS, ("config/x.py", "a = 1\n" * 401)),
    "functions stay short": (long_functions, CODE, ("config/x.py", "def f():\n" + "    a = 1\n" * 61)),
    "no error is swallowed": (swallowed, CODE, ("config/x.py", "try:\n    f()\nexcept Exception:\n    pass")),
}


@pytest.mark.parametrize("rule", RULES)
def test_the_tree_keeps(rule: str) -> None:
    check, suffixes, _ = RULES[rule]
    assert check(tree(*suffixes)) == []


@pytest.mark.parametrize("rule", RULES)
def test_a_breach_is_seen(rule: str) -> None:
    check, _, (path, source) = RULES[rule]
    assert len(check({path: source})) == 1
