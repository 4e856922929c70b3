"""The letters that languages use beyond a to z, beside the legacy code pages their files come in.

A code page is believed when what it makes of the upper bytes are the letters of one language: Czech read as Western gives
letters too, but of no language together.
"""

from functools import lru_cache

_SIGNS = "’‘“”„‚«»‹›–—…•·€£§°©®™´`¿¡ªº²³½¼¾±×%\u00a0\u00ad†‰№¥¢µ"


def _letters_of(codec: str) -> str:
    return "".join(filter(str.isalpha, bytes(range(0x80, 0x100)).decode(codec, "ignore")))


# A mixture proves less than one language, the more so the rarer one; Thai fits any bytes.
_WEIGHTS = {"Western Europe": 0.9, "Turkish beside others": 0.9, "Central Europe": 0.89, "Thai": 0.9}
_EUROPEAN = {  # language: (code pages, most likely first, "=" between equally likely ones; letters)
    "Western Europe": ("cp1252=iso8859-15 mac_roman cp850", _letters_of("cp1252")),
    "Turkish beside others": ("cp1254", _letters_of("cp1254")),
    "Central Europe": ("cp1250 iso8859-2 mac_latin2 cp852", _letters_of("cp1250")),
    "French": ("cp1252=iso8859-15 mac_roman cp850", "éèêëàâçîïôùûüÿœæ"),
    "German": ("cp1252=iso8859-15 mac_roman cp850", "äöüßé"),
    "Spanish": ("cp1252=iso8859-15 mac_roman cp850", "áéíóúüñç"),
    "Portuguese": ("cp1252=iso8859-15 mac_roman cp850", "áâãàçéêíóôõúü"),
    "Italian": ("cp1252=iso8859-15 mac_roman cp850", "àèéìíîòóùú"),
    "Nordic": ("cp1252=iso8859-15 mac_roman cp850", "åäöøæéüáðíóúýþ"),
    "Dutch": ("cp1252=iso8859-15 mac_roman cp850", "éëïöüèêáóíäç"),
    "Czech, Slovak": ("cp1250 iso8859-2 mac_latin2 cp852", "áäčďéěíľňóôöřšťúůüýž"),
    "Polish": ("cp1250 iso8859-2 mac_latin2 cp852", "ąćęłńóśźżöüä"),
    "Hungarian": ("cp1250 iso8859-2 mac_latin2 cp852", "áéíóöőúüűä"),
    "Romanian": ("cp1250 iso8859-2 iso8859-16", "ăâîşţșțéöü"),
    "Croatian, Slovene": ("cp1250 iso8859-2 mac_latin2 cp852", "čćđšžéöü"),
    "Turkish": ("cp1254 iso8859-9 cp857", "çğıöşüâîûé"),
    "Baltic": ("cp1257 iso8859-13 cp775", "āčēģīķļņšūžąęėįųõäöü"),
    "Russian": ("cp1251 koi8-r iso8859-5 mac_cyrillic cp866", "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"),
    "Ukrainian": ("cp1251 koi8-u iso8859-5", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"),
    "Serbian, Macedonian": ("cp1251 iso8859-5", "абвгдђежзијклљмнњопрстћуфхцчџшѓѕќ"),
    "Greek": ("cp1253 iso8859-7", "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ"),
    "Hebrew": ("cp1255 iso8859-8", "".join(map(chr, range(0x5D0, 0x5EB)))),
    "Arabic": ("cp1256 iso8859-6", "".join(map(chr, range(0x621, 0x64B))) + "پچژگ،؟"),
    "Thai": ("cp874", "".join(map(chr, range(0xE01, 0xE5C)))),
}
_EAST_ASIAN = {  # the rows of the national standard that hold the everyday characters
    "Japanese": (("cp932", "euc_jp"), "euc_jp", range(0xB0, 0xD0)),
    "Korean": (("cp949",), "euc_kr", range(0xB0, 0xC9)),
    "Simplified Chinese": (("gb18030",), "gb2312", range(0xB0, 0xD8)),
    "Traditional Chinese": (("big5",), "big5", range(0xA4, 0xC7)),
}
_NOT_AFTER_LETTERS = "€£§¥¢¿¡±×¼½¾„‚†•‰"
_NOT_BEFORE_LETTERS = "€£§¥¢±×¼½¾‚†•‰©®™°²³ªº´`"
_VOWELS = frozenset("aeiouyöüáéíóúýAEIOUÖÜÁÉÍÓÚÝ")
_KANA = frozenset(map(chr, [*range(0x3041, 0x3097), *range(0x30A1, 0x30FD)]))


@lru_cache(maxsize=1)
def languages() -> tuple[tuple[str, str, frozenset[str], float], ...]:
    """(language, code page, its letters, weight). Where two fit equally well, the earlier line wins."""
    table: list[tuple[str, str, frozenset[str], float]] = []
    for language, (codecs, letters) in _EUROPEAN.items():
        weight = _WEIGHTS.get(language, 1.0)
        alphabet = frozenset(letters + letters.upper() + _SIGNS + ("İ" if language == "Turkish" else ""))
        for rank, equal in enumerate(codecs.split()):
            table += [(language, codec, alphabet, weight - 0.005 * rank) for codec in equal.split("=")]
    for language, (codecs_, standard, rows) in _EAST_ASIAN.items():
        everyday = frozenset(_everyday(standard, rows))
        table += [(language, codec, everyday, 0.99) for codec in codecs_]
    return tuple(table)


def _everyday(codec: str, rows: range) -> str:
    trails = [*range(0x40, 0x7F), *range(0xA1, 0xFF)] if codec == "big5" else range(0xA1, 0xFF)
    common = b"".join(bytes((lead, trail)) for lead in rows for trail in trails).decode(codec, "ignore")
    kana = "".join(_KANA) if codec == "euc_jp" else ""
    full_width = "".join(map(chr, range(0xFF01, 0xFF5F)))
    return common + kana + full_width + "、。「」・…—　“”‘’《》"


def fit(text: str, alphabet: frozenset[str]) -> float:
    """The share of signs beyond ASCII that the alphabet explains where they stand."""
    good = seen = capitals = 0
    for before, sign, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if sign < "\x80":
            continue
        seen += 1
        capitals += sign.isupper()
        good += sign in alphabet and not _misplaced(before, sign, after)
    if not seen:
        return 0.0
    # Cyrillic and Greek without one capital are Hebrew misread, Japanese without one kana is Korean
    unlikely = (not capitals and ("а" in alphabet or "α" in alphabet)) or ("の" in alphabet and not _KANA & set(text))
    return good / seen * (0.95 if unlikely and seen >= 6 else 1.0)


def _misplaced(before: str, sign: str, after: str) -> bool:
    """A capital after a small letter, two scripts in one word, a row of accents, a currency sign inside a word."""
    if not sign.isalpha():
        return (before.isalpha() and sign in _NOT_AFTER_LETTERS) or ((after.isalpha() or after > "\x7f") and sign in _NOT_BEFORE_LETTERS)
    if sign.isupper() and before.islower():
        return True
    if _is_turkish(before, sign, after):
        return True
    if sign < "\u0250":  # Latin
        return "\x80" < before < "\u0250" and before.isalpha() and "\x80" < after < "\u0250" and after.isalpha()
    return (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha())


def _is_turkish(before: str, sign: str, after: str) -> bool:
    """A Turkish letter misread as an Icelandic one: þ begins words and their parts, ð never does."""
    if sign == "þ":
        return before in _VOWELS and (after in _VOWELS or not after.isalpha())
    return sign == "ð" and not before.isalpha()
