"""Files that cannot go to Pipedrive: what becomes of them, where they are hosted, and what they are called in a zip."""

import re
import unicodedata
from urllib.parse import quote, urlsplit

ZIP, LINK, SKIP, LOAD = "zip", "link", "skip", "load"
QUESTION = "left_out_file"  # the kind of question about one of them
# Findings of files that are there and stay behind unless people say otherwise, and of those that arrive unless they do.
HELD, DOUBTFUL = ("oversized", "forbidden_type"), ("type_mismatch",)
ABSENT = ("missing_file", "path_traversal")  # there is nothing to hand out
PATTERN_LIMIT = 500

_PLACES = re.compile(r"\{([^{}]*)\}")
_UNSAFE = re.compile(r'[<>:"/\\|?*]')
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})


def why_no_pattern(text: str) -> str:
    """What is wrong with an address pattern, in plain words; empty where nothing is. No pattern at all is fine."""
    if not text:
        return ""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or "{" in parts.netloc or len(text) > PATTERN_LIMIT:
        return f"“{text}” is no web address; it begins with https:// and a host."
    if unknown := sorted(set(_PLACES.findall(text)) - {"path", "name", "id"}):
        return f"{{{unknown[0]}}} is not known; there are {{path}}, {{name}} and {{id}}."
    return "" if _PLACES.search(text) else "it has no {path}, {name} or {id}: all files would have one address."


def address(pattern: str, path: str, name: str, id: str) -> str:
    """Where one file is hosted; empty for a path that leads elsewhere."""
    clean = path.replace("\\", "/").strip("/")
    if any(part in ("", ".", "..") for part in clean.split("/")):
        return ""
    filled = {"path": quote(clean, safe="/"), "name": quote(name, safe=""), "id": quote(id, safe="")}
    return _PLACES.sub(lambda place: filled[place[1]], pattern)


def default(code: str, policy: str) -> str:
    """What becomes of a file unless somebody says otherwise for this one."""
    return LOAD if code in DOUBTFUL else policy


def name_in_zip(number: int, name: str) -> str:
    """A name that every system can unpack: no folders, no signs that a file system refuses, never the same twice."""
    bare = "".join(sign for sign in name if unicodedata.category(sign)[0] != "C")
    bare = _UNSAFE.sub("_", bare.replace("\\", "/").rpartition("/")[2]).strip(". ") or "file"
    stem, dot, suffix = bare.rpartition(".") if "." in bare else (bare, "", "")
    stem = f"_{stem}" if stem.casefold() in _RESERVED else stem
    return f"files/{number:05}-{stem[:100]}{dot}{suffix[:20]}"
