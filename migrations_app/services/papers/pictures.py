"""Bars as a picture, for documents that have no charts of their own."""

from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from migrations_app.services.papers import document as parts
from migrations_app.services.papers.words import shortened

SCALE = 2  # drawn larger, so that print is sharp
WIDTH, ROW, LABEL, BAR = 860, 28, 262, 500
INK, DIM, TRACK, ACCENT = "#17252a", "#5b6b70", "#edf2f2", "#0f766e"
FONTS = ("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "Arial.ttf")


def png(chart: parts.Chart, document: parts.Document) -> bytes:
    height = max(1, len(chart.bars)) * ROW + 6
    image = Image.new("RGB", (WIDTH * SCALE, height * SCALE), "white")
    draw = ImageDraw.Draw(image)
    letters, column = font(12 * SCALE), parts.Column("", chart.unit)
    for at, (label, value) in enumerate(chart.bars):
        top = (at * ROW + 5) * SCALE
        middle, bottom = top + 9 * SCALE, top + 18 * SCALE
        draw.text(((LABEL - 12) * SCALE, middle), shortened(label), fill=INK, font=letters, anchor="rm")
        draw.rounded_rectangle((LABEL * SCALE, top, (LABEL + BAR) * SCALE, bottom), 3 * SCALE, TRACK)
        length = round(BAR * SCALE * value / chart.longest)
        if length > 0:
            draw.rounded_rectangle((LABEL * SCALE, top, LABEL * SCALE + length, bottom), min(3 * SCALE, length // 2), ACCENT)
        draw.text(((LABEL + BAR + 10) * SCALE, middle), document.cell(column, value), fill=DIM, font=letters, anchor="lm")
    stream = BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    for name in FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)
