"""What a file is: by its name, and by how its bytes begin."""

from collections.abc import Mapping

BARRED = frozenset(
    (
        "exe com bat cmd scr msi msp dll sys pif cpl jar vbs vbe js jse wsf wsh ps1 psm1 lnk reg hta inf app apk deb rpm dmg iso chm gadget"
    ).split()
)
HEAD_BYTES = 1024

# How files of a family begin, and the suffixes that such a file may have.
_ZIPPED = frozenset("zip docx xlsx pptx docm xlsm pptm odt ods odp odg epub jar apk vsdx xps kmz pages numbers key".split())
_OLD_OFFICE = frozenset("doc xls ppt msg vsd pub mpp msi dot xlt pps db".split())
_FAMILIES: tuple[tuple[bytes, frozenset[str]], ...] = (
    (b"%PDF-", frozenset({"pdf", "ai"})),
    (b"\x89PNG\r\n\x1a\n", frozenset({"png"})),
    (b"\xff\xd8\xff", frozenset({"jpg", "jpeg", "jpe", "jfif"})),
    (b"GIF8", frozenset({"gif"})),
    (b"PK\x03\x04", _ZIPPED),
    (b"PK\x05\x06", _ZIPPED),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLD_OFFICE),
    (b"{\\rtf", frozenset({"rtf", "doc"})),
    (b"II*\x00", frozenset({"tif", "tiff", "dng", "cr2", "nef"})),
    (b"MM\x00*", frozenset({"tif", "tiff", "nef"})),
    (b"Rar!\x1a\x07", frozenset({"rar"})),
    (b"7z\xbc\xaf\x27\x1c", frozenset({"7z"})),
    (b"\x1f\x8b\x08", frozenset({"gz", "tgz"})),
    (b"\x7fELF", frozenset({"so", "o", "bin"})),
    (b"MZ", frozenset({"exe", "dll", "sys", "scr", "com", "cpl"})),
    (b"#!", frozenset({"sh", "py", "pl", "rb", "txt"})),
)
# Suffixes whose files always begin in one of these ways.
_MUST: Mapping[str, tuple[bytes, ...]] = {
    "png": (b"\x89PNG",), "gif": (b"GIF8",), "jpg": (b"\xff\xd8",), "jpeg": (b"\xff\xd8",), "tif": (b"II", b"MM"), "tiff": (b"II", b"MM"),
    "docx": (b"PK",), "xlsx": (b"PK",), "pptx": (b"PK",), "zip": (b"PK",), "odt": (b"PK",), "ods": (b"PK",), "rtf": (b"{\\rtf",),
}  # fmt: skip


def suffix(name: str) -> str:
    """In lower case, without the dot; empty where a name has none."""
    bare = name.replace("\\", "/").rpartition("/")[2].rstrip(". ")
    return bare.rpartition(".")[2].lower() if "." in bare.lstrip(".") else ""


def is_barred(*names: str) -> bool:
    return any(suffix(name) in BARRED for name in names)


def is_disguised(name: str, head: bytes) -> bool:
    """True where the file's first bytes say that it is something else than its name does."""
    ending = suffix(name)
    if not ending or not head:
        return False
    family = next((suffixes for mark, suffixes in _FAMILIES if head.startswith(mark)), None)
    if family is not None:
        return ending not in family
    if ending == "pdf":
        return b"%PDF-" not in head
    return ending in _MUST and not head.startswith(_MUST[ending])
