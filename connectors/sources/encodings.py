"""Which encoding a text file is in: the mark at its start, then strict utf-8 over the whole file, then the likeliest code page."""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass

from connectors.errors import UnreadableFile
from connectors.sources.alphabets import fit, languages
from connectors.sources.archives import CHUNK, Entry

MARKS = (  # the longer ones first: a utf-32 mark starts like a utf-16 one
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
STRAY = "crossdock.stray"  # the error handler that readers pass to open: one wrong byte never stops a file
HEAD = 1 << 16
HOUSE_FITS = 0.8  # of the fit of the best code page, and the house's own is taken
SAMPLE = 1 << 15
_CONTROLS = frozenset(range(32)) - frozenset(b"\0\t\n\v\f\r\x1a\x1b\x1c\x1d\x1e\x1f")
_HIGH_LINE = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*")


@dataclass(frozen=True)
class Encoding:
    """A codec of Python's, and what a person should know about how it was found."""

    codec: str
    notes: tuple[str, ...] = ()


def _stray_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    if "16" in error.encoding or "32" in error.encoding:
        return "\ufffd", error.end
    signs = []
    for byte in error.object[error.start : error.end]:
        one = bytes((byte,))
        signs.append(one.decode("cp1252", "ignore") or one.decode("latin-1"))
    return "".join(signs), error.end


def _mark_wrong(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _WRONG, error.end


_MARKED = "crossdock.marked"
_WRONG = "\udfff"  # half a pair: no decoder ever makes one
codecs.register_error(STRAY, _stray_bytes)
codecs.register_error(_MARKED, _mark_wrong)


def detect(entry: Entry, house: str = "") -> Encoding:
    """Reads the whole file once. Raises UnreadableFile for empty and for binary content.

    `house` is the code page of the other files of the package (see `shared`): it is believed unless it makes little sense.
    """
    with entry.open() as file:
        head = file.read(HEAD)
    if not head.strip(b"\0 \t\r\n"):
        raise UnreadableFile(entry.name, "is empty; export it again.")
    for mark, codec in MARKS:
        if head.startswith(mark):
            if len(head) == len(mark):
                raise UnreadableFile(entry.name, "is empty; export it again.")
            return Encoding(codec, _damage_notes(entry, codec))
    wide = _wide(head)
    if wide:
        return Encoding(wide, (f"No mark at the start; read as {wide}.", *_damage_notes(entry, wide)))
    if sum(byte in _CONTROLS for byte in head) > len(head) // 50 or head.count(0) > len(head) // 10:
        raise UnreadableFile(entry.name, "is no text file, whatever its name says; save it as csv or xlsx.")
    return _narrow(entry, house)


def is_code_page(codec: str) -> bool:
    """Whether the codec was found by the look of the letters, and may be mistaken."""
    return not codec.startswith("utf")


def shared(entries: Iterable[Entry]) -> str:
    """The code page that fits the letters of all these files together: one office has one, and a short file says little."""
    return _likeliest(b"\n".join(_high_lines(entry)[0] for entry in entries))[0]


def _wide(head: bytes) -> str:
    """utf-16 and utf-32 without a mark show NULs in every second byte, or three of four; a NUL here and there is data."""
    size = len(head) // 4 * 4
    if size >= 8:
        zeros = [head[lane:size:4].count(0) / (size // 4) for lane in range(4)]
        if min(zeros[1:3]) > 0.9 and max(zeros[0], zeros[3]) > 0.9:
            return "utf-32-le" if zeros[3] > 0.9 else "utf-32-be"
    if _plain_with_nuls(head):
        return ""
    pairs = len(head) // 2
    even, odd = head[: pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    for few, many, codec in ((even, odd, "utf-16-le"), (odd, even, "utf-16-be")):
        if many > 0.03 * pairs and few <= 0.02 * many and _line_ends(head, codec):
            return codec
    return ""


def _plain_with_nuls(head: bytes) -> bool:
    """Plain text with a NUL here and there: half of a wide text of such letters would be NULs."""
    written = head.replace(b"\0", b"")
    plain = sum(32 <= byte < 127 or byte in b"\t\r\n" for byte in written)
    return len(head) - len(written) < 0.2 * len(head) and plain > 0.95 * len(written)


def _line_ends(head: bytes, codec: str) -> bool:
    text = head[: len(head) // 2 * 2].decode(codec, "replace")
    return text.count("\ufffd") <= len(text) // 100 and bool(re.search(r"[\r\n,;\t|a-z0-9]", text))


def _damage_notes(entry: Entry, codec: str) -> tuple[str, ...]:
    wrong = _decode_errors(entry, codec)
    return (f"{wrong} places are not valid {codec}; they were read as Windows-1252.",) if wrong else ()


def _decode_errors(entry: Entry, codec: str) -> int:
    """How many places of the whole file are not valid in this encoding."""
    decoder = codecs.getincrementaldecoder(codec)(_MARKED)
    with entry.open() as file:
        wrong = sum(decoder.decode(chunk).count(_WRONG) for chunk in iter(lambda: file.read(CHUNK), b""))
    return wrong + decoder.decode(b"", final=True).count(_WRONG)


def _narrow(entry: Entry, house: str) -> Encoding:
    wrong = _decode_errors(entry, "utf-8")
    if not wrong:
        return Encoding("utf-8")
    lines, proper = _high_lines(entry)
    if proper >= 10 * wrong:
        return Encoding("utf-8", (f"{wrong} places are not valid utf-8; they were read as Windows-1252.",))
    codec, language = _likeliest(lines, house)
    name = {"cp1252": "Windows-1252"}.get(codec, codec)
    return Encoding(codec, (f"The file does not name its encoding; read as {name} ({language}). Check names with accents.",))


def _high_lines(entry: Entry) -> tuple[bytes, int]:
    """Lines with bytes beyond ASCII, and how many proper utf-8 sequences stand in the whole file."""
    lines: list[bytes] = []
    kept = proper = 0
    sequence = re.compile(rb"[\xc3-\xf4][\x80-\xbf]+")
    with entry.open() as file:
        while chunk := file.read(CHUNK):
            proper += sum(_is_utf8(found) for found in sequence.findall(chunk))
            for line in _HIGH_LINE.findall(chunk) if kept < SAMPLE else ():
                lines.append(line[:2000])
                kept += len(lines[-1])
                if kept >= SAMPLE:
                    break
    return b"\n".join(lines), proper


def _is_utf8(sequence: bytes) -> bool:
    try:
        return len(sequence.decode("utf-8")) == 1
    except UnicodeDecodeError:
        return False


def _likeliest(sample: bytes, house: str = "") -> tuple[str, str]:
    texts = {codec: sample.decode(codec, "replace") for codec in {codec for _, codec, _, _ in languages()}}
    scores = [(weight * fit(texts[codec], alphabet), codec, language) for language, codec, alphabet, weight in languages()]
    best = max(scores, key=lambda each: round(each[0], 9))
    mine = max((each for each in scores if each[1] == house), default=best, key=lambda each: round(each[0], 9))
    score, codec, language = mine if mine[0] >= HOUSE_FITS * best[0] else best
    return (codec, language) if score > 0 else ("cp1252", "Western Europe")
