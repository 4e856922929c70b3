"""Boxes and arrows as a picture: who hands over to whom."""

from collections.abc import Mapping, Sequence
from io import BytesIO

from PIL import Image, ImageDraw

from migrations_app.services.papers.pictures import ACCENT, DIM, INK, SCALE, TRACK, font
from migrations_app.services.papers.words import shortened

BOX, HEIGHT, GAP, BETWEEN, MARGIN = 250, 30, 14, 60, 8
HEAD = 7  # of an arrow
MOST = 60  # boxes of one picture
Edge = tuple[str, str]
Place = tuple[int, int]


def layers(edges: Sequence[Edge]) -> list[list[str]]:
    """Names in columns: nobody stands left of who hands over to them, except where that closes a circle."""
    names = list(dict.fromkeys(name for edge in edges for name in edge))
    ahead = {name: [other for one, other in edges if one == name] for name in names}
    order: list[str] = []
    for name in names:
        _visit(name, ahead, order, set())
    rank = {name: at for at, name in enumerate(reversed(order))}
    depth = dict.fromkeys(names, 0)
    for name in reversed(order):
        for other in ahead[name]:
            if rank[other] > rank[name]:
                depth[other] = max(depth[other], depth[name] + 1)
    columns: dict[int, list[str]] = {}
    for name in names:
        columns.setdefault(depth[name], []).append(name)
    return [columns[at] for at in sorted(columns)]


def _visit(name: str, ahead: Mapping[str, Sequence[str]], order: list[str], under: set[str]) -> None:
    """Depth first: whoever is done is put behind what comes after it."""
    if name in order or name in under:
        return
    for other in ahead[name]:
        _visit(other, ahead, order, under | {name})
    order.append(name)


def png(edges: Sequence[Edge]) -> bytes:
    """At most MOST boxes are drawn; the table beside the picture has all arrows."""
    names = list(dict.fromkeys(name for edge in edges for name in edge))[:MOST]
    drawn = [edge for edge in edges if edge[0] in names and edge[1] in names]
    columns = layers(drawn)
    places = {name: (at * (BOX + BETWEEN), row * (HEIGHT + GAP)) for at, column in enumerate(columns) for row, name in enumerate(column)}
    width = len(columns) * (BOX + BETWEEN) - BETWEEN + 2 * MARGIN
    height = max(map(len, columns), default=1) * (HEIGHT + GAP) - GAP + 2 * MARGIN
    image = Image.new("RGB", (max(width, 1) * SCALE, height * SCALE), "white")
    draw = ImageDraw.Draw(image)
    for one, other in drawn:
        _arrow(draw, places[one], places[other])
    for name, place in places.items():
        _box(draw, name, place)
    stream = BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _box(draw: ImageDraw.ImageDraw, name: str, place: Place) -> None:
    left, top = ((value + MARGIN) * SCALE for value in place)
    draw.rounded_rectangle((left, top, left + BOX * SCALE, top + HEIGHT * SCALE), 5 * SCALE, TRACK, ACCENT, SCALE)
    draw.text((left + BOX * SCALE // 2, top + HEIGHT * SCALE // 2), shortened(name), fill=INK, font=font(11 * SCALE), anchor="mm")


def _arrow(draw: ImageDraw.ImageDraw, one: Place, other: Place) -> None:
    """From the right side of a box to the left side of another; back to an earlier column below both."""
    forward = other[0] > one[0]
    start = (one[0] + (BOX if forward else BOX // 2), one[1] + (HEIGHT // 2 if forward else HEIGHT))
    end = (other[0] + (0 if forward else BOX // 2), other[1] + (HEIGHT // 2 if forward else HEIGHT))
    points = [tuple((value + MARGIN) * SCALE for value in point) for point in (start, end)]
    draw.line([points[0], points[1]], fill=DIM, width=SCALE + 1)
    x, y = points[1]
    size = HEAD * SCALE
    head = (
        [(x, y), (x - size, y - size // 2), (x - size, y + size // 2)]
        if forward
        else [(x, y), (x - size // 2, y + size), (x + size // 2, y + size)]
    )
    draw.polygon(head, fill=DIM)
