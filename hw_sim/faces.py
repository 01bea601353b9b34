"""Drawn faces: an invented person before a red or blue cloth, different for each seed. Nobody's likeness.

Red cloth for odd years of birth, blue for even ones, as on the KTP-el.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

RED, BLUE = (219, 21, 20), (0, 144, 255)

Colour = tuple[int, int, int]


def _colour(values: NDArray[Any]) -> Colour:
    red, green, blue = (int(value) for value in np.clip(values, 0, 255))
    return red, green, blue


class _Sketch:
    """Draws in units of half a face: (0, 0) is between the eyes and the mouth, 1 is half the face's width."""

    def __init__(self, image: Image.Image, centre: tuple[float, float], unit: float, stretch: float) -> None:
        self.draw = ImageDraw.Draw(image)
        self.centre, self.unit, self.stretch = centre, unit, stretch

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.centre[0] + x * self.unit, self.centre[1] + y * self.unit * self.stretch

    def oval(self, left: float, top: float, right: float, bottom: float, fill: Colour) -> None:
        self.draw.ellipse((*self.at(left, top), *self.at(right, bottom)), fill=fill)

    def width(self, share: float) -> int:
        return max(1, round(share * self.unit))


def _head(sketch: _Sketch, random: Generator, skin: Colour, hair: Colour) -> None:
    shade = _colour(np.array(skin) * 0.78)
    sketch.oval(-2.4, 1.35, 2.4, 4.0, _colour(random.uniform(30, 225, 3)))
    sketch.draw.rectangle((*sketch.at(-0.5, 0.6), *sketch.at(0.5, 1.6)), fill=shade)
    length = random.choice((0.35, 0.6, 1.3))
    sketch.oval(-1.13, -1.2, 1.13, length, hair)
    if length < 1:
        for side in (-1.02, 1.02):
            sketch.oval(side - 0.13, -0.25, side + 0.13, 0.25, shade)
    sketch.oval(-1, -1, 1, 1, skin)
    sketch.draw.pieslice((*sketch.at(-1.05, -1.15), *sketch.at(1.05, 0.45)), 190, 350, fill=hair)
    sketch.oval(-0.88, random.uniform(-0.78, -0.66), 0.88, 0.6, skin)


def _features(sketch: _Sketch, random: Generator, hair: Colour, glasses: bool, eye: float) -> None:
    iris, brow = _colour(np.array([62, 40, 28]) * random.uniform(0.5, 1.1)), sketch.width(random.uniform(0.06, 0.10))
    for side in (-1, 1):
        x, y = side * 0.42, -0.12
        sketch.oval(x - 0.21, y - eye, x + 0.21, y + eye, (232, 226, 220))
        sketch.oval(x - 0.095, y - 0.07, x + 0.095, y + 0.07, iris)
        sketch.oval(x - 0.045, y - 0.035, x + 0.045, y + 0.035, (8, 6, 6))
        sketch.oval(x - 0.01, y - 0.03, x + 0.02, y - 0.01, (255, 255, 255))
        lid = (*sketch.at(x - 0.23, y - 0.085), *sketch.at(x + 0.23, y + 0.1))
        sketch.draw.arc(lid, 190, 350, fill=(30, 20, 16), width=sketch.width(0.035))
        arch = [sketch.at(x - 0.28, y - 0.17), sketch.at(x, y - 0.225), sketch.at(x + 0.26, y - 0.18)]
        sketch.draw.line(arch, fill=hair, width=brow, joint="curve")
        if glasses:
            frame = (*sketch.at(x - 0.3, y - 0.14), *sketch.at(x + 0.3, y + 0.16))
            sketch.draw.rounded_rectangle(frame, sketch.width(0.1), outline=(25, 25, 30), width=sketch.width(0.03))
    if glasses:
        sketch.draw.line(
            [sketch.at(-0.12, -0.12), sketch.at(0.12, -0.12)], fill=(25, 25, 30), width=sketch.width(0.03)
        )
    wide, full = random.uniform(0.31, 0.39), random.uniform(0.05, 0.08)
    upper = [(-wide, 0.52), (-0.1, 0.47), (0, 0.485), (0.1, 0.47), (wide, 0.52)]
    lips = [sketch.at(*corner) for corner in (*upper, (0.15, 0.52 + full), (-0.15, 0.52 + full))]
    sketch.draw.polygon(lips, fill=_colour(np.array([150, 72, 66]) * random.uniform(0.8, 1.1)))
    line = [sketch.at(-wide, 0.52), sketch.at(0, 0.53), sketch.at(wide, 0.52)]
    sketch.draw.line(line, fill=(80, 30, 30), width=sketch.width(0.02))


def _shaded(image: Image.Image, sketch: _Sketch) -> Image.Image:
    """Light from the front: the face falls off to the sides; sockets, nose and lips cast their shades."""
    pixels = np.asarray(image).astype(np.float32)
    rows, columns = np.mgrid[0 : image.height, 0 : image.width].astype(np.float32)
    x = (columns - sketch.centre[0]) / sketch.unit
    y = (rows - sketch.centre[1]) / (sketch.unit * sketch.stretch)
    light = np.where((x / 1.1) ** 2 + (y / 1.1) ** 2 < 1, np.clip(1 - 0.15 * x**2, 0.6, 1.1), 1)

    def spot(at_x: float, at_y: float, wide: float, high: float, amount: float) -> NDArray[Any]:
        return np.asarray(1 + amount * np.exp(-(((x - at_x) / wide) ** 2) - ((y - at_y) / high) ** 2))

    for side in (-1, 1):
        light *= spot(side * 0.42, -0.14, 0.32, 0.13, -0.35)
        light *= spot(side * 0.17, 0.27, 0.09, 0.05, -0.35)
    light *= spot(0, 0.33, 0.3, 0.04, -0.3) * spot(0, 0.12, 0.1, 0.22, 0.13) * spot(0, 0.72, 0.4, 0.05, -0.2)
    return Image.fromarray(np.clip(pixels * light[..., None], 0, 255).astype(np.uint8))


def draw(
    seed: int,
    birth_year: int,
    *,
    glasses: bool = False,
    size: tuple[int, int] = (960, 1280),
    cloth: Colour | None = None,
    offset: tuple[float, float] = (0.0, 0.0),
) -> Image.Image:
    """The person before the cloth, RGB; `offset` moves the head by parts of the picture's width and height."""
    random = np.random.default_rng([seed, 1905])
    width, height = size
    unit = 0.15 * height * random.uniform(0.95, 1.05)
    image = Image.new("RGB", size, cloth or (RED if birth_year % 2 else BLUE))
    centre = (width * (0.5 + offset[0]), height * (0.45 + offset[1]))
    sketch = _Sketch(image, centre, unit, random.uniform(1.30, 1.42))
    skin = _colour(np.array([205, 152, 118]) * random.uniform(0.86, 1.08))
    hair = _colour(np.full(3, random.uniform(15, 45)) if birth_year > 1965 else np.full(3, random.uniform(110, 150)))
    _head(sketch, random, skin, hair)
    image = _shaded(image.filter(ImageFilter.GaussianBlur(unit / 32)), sketch)
    sketch.draw = ImageDraw.Draw(image)
    _features(sketch, random, hair, glasses, random.uniform(0.05, 0.065))
    image = image.filter(ImageFilter.GaussianBlur(1.0))
    grain = random.normal(0, 4, (height, width, 1))
    return Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))
