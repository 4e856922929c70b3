"""multipart/form-data, read by hand: fields as text, files as bytes."""

import re
from email.header import decode_header, make_header
from urllib.parse import unquote

from .call import Upload
from .errors import bad_request

_PARAMETER = re.compile(r"""(\w+\*?)=(?:"((?:\\.|[^"\\])*)"|([^;\s]+))""")


def read_form(body: bytes, content_type: str) -> tuple[dict[str, str], dict[str, list[Upload]]]:
    boundary = _parameters(content_type).get("boundary", "")
    if not boundary:
        raise bad_request("The form has no boundary.")
    fields: dict[str, str] = {}
    files: dict[str, list[Upload]] = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1"))[1:]:
        if part.startswith(b"--"):
            break
        head, blank, data = part.lstrip(b" \t").removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not blank:
            raise bad_request("A part of the form has no headers.")
        _keep(head, data, fields, files)
    return fields, files


def _keep(head: bytes, data: bytes, fields: dict[str, str], files: dict[str, list[Upload]]) -> None:
    headers = {}
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    about = _parameters(headers.get("content-disposition", ""))
    name = about.get("name", "")
    if "filename" in about or "filename*" in about:
        files.setdefault(name, []).append(Upload(_file_name(about), headers.get("content-type", ""), data))
    else:
        fields[name] = data.decode("utf-8", "replace")


def _parameters(header: str) -> dict[str, str]:
    return {name.lower(): quoted.replace('\\"', '"') or plain for name, quoted, plain in _PARAMETER.findall(header)}


def _file_name(about: dict[str, str]) -> str:
    """Plain, percent-encoded (RFC 5987), or encoded as mail does it."""
    if "filename*" in about:
        return unquote(about["filename*"].split("''", 1)[-1])
    name = about["filename"]
    if name.startswith("=?"):
        return str(make_header(decode_header(name)))
    return name.replace("%22", '"').replace("%0D%0A", "\r\n").replace("%0A", "\n")
