import logging

from django.conf import settings

from config.masking import MaskingFormatter, mask

TOKEN = "0123456789abcdef" * 2 + "01234567"


def test_a_token_is_masked_in_message_arguments_and_traceback() -> None:
    try:
        raise ValueError(f"refused: {TOKEN}")
    except ValueError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, __file__, 1, "sent %s to %s", (TOKEN.upper(), "host"), (ValueError, error, error.__traceback__)
        )
    line = MaskingFormatter("%(message)s").format(record)
    assert TOKEN not in line.lower()
    assert line.startswith("sent [token] to host")
    assert "refused: [token]" in line


def test_other_hexadecimal_text_is_left_alone() -> None:
    assert mask(f"sha256 {'ab' * 32}, short {'ab' * 10}") == f"sha256 {'ab' * 32}, short {'ab' * 10}"


def test_every_handler_masks() -> None:
    formatters = {settings.LOGGING["handlers"][name]["formatter"] for name in settings.LOGGING["handlers"]}
    assert {settings.LOGGING["formatters"][name]["()"] for name in formatters} == {"config.masking.MaskingFormatter"}
