"""The way a wire takes in a picture, as on the canvas (app/canvas/frontend/src/route.ts): straight on where nothing stands between,
else out to the right, through a gap between the rows, and in from the left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Point = tuple[float, float]

STUB = 20
CLEAR = 4
CORNER = 9
SAMPLES = 10
LANES = (-9, -3, 3, 9)
CROSSING = 10_000
NEAREST = 12


@dataclass(frozen=True)
class Box:
    """Hold where a block stands."""

    id: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Ends:
    """Hold where a wire starts and ends."""

    source: str
    target: str
    start: Point
    end: Point

    @property
    def shift(self) -> int:
        """Return how far from the middle of a gap the wires of this source run, so that those of others do not lie on them."""
        value = 0
        for character in self.source:
            value = (value * 31 + ord(character)) & 0xFFFFFFFF
        return LANES[value % len(LANES)]

    @property
    def turns(self) -> tuple[float, float]:
        """Return where the wire turns down or up, and where it turns back."""
        return self.start[0] + STUB, self.end[0] - STUB


def path_of(ends: Ends, boxes: Sequence[Box]) -> str:
    """Return the wire as the data of an SVG path."""
    (x1, y1), (x2, y2) = ends.start, ends.end
    lane = _lane(ends, boxes)
    if lane is None:
        middle = (x1 + x2) / 2
        return f"M{_pair(x1, y1)}C{_pair(middle, y1)} {_pair(middle, y2)} {_pair(x2, y2)}"
    down, up = (turn + ends.shift / 2 for turn in ends.turns)
    return _rounded([(x1, y1), (down, y1), (down, lane), (up, lane), (up, y2), (x2, y2)])


def _lane(ends: Ends, boxes: Sequence[Box]) -> float | None:
    """Return the height at which a wire must run to pass the blocks, or None where it may go straight on."""
    (x1, y1), (x2, y2) = ends.start, ends.end
    if x2 - x1 > NEAREST:
        top, bottom = min(y1, y2) - CLEAR, max(y1, y2) + CLEAR
        between = (
            box
            for box in boxes
            if box.id not in (ends.source, ends.target) and box.left < x2 and box.right > x1 and box.top < bottom and box.bottom > top
        )
        if not any(_meets_curve(ends, box) for box in between):
            return None
    start, end = ends.turns
    left, right = min(start, end) - CLEAR, max(start, end) + CLEAR
    across = [box for box in boxes if box.left < right and box.right > left]
    best, least = (y1 + y2) / 2, float("inf")
    for middle, room in _gaps(ends, across):
        lane = middle + max(-room, min(room, ends.shift))
        crossed = sum(_is_crossed(ends, box, lane) for box in across)
        cost = abs(y1 - middle) + abs(y2 - middle) + CROSSING * crossed
        if cost < least:
            best, least = lane, cost
    return best


def _is_crossed(ends: Ends, box: Box, lane: float) -> bool:
    start, end = ends.turns
    return (
        _within(lane, box.top, box.bottom, CLEAR - 1)
        or (_within(start, box.left, box.right, 0) and _overlaps(box, ends.start[1], lane))
        or (_within(end, box.left, box.right, 0) and _overlaps(box, ends.end[1], lane))
    )


def _gaps(ends: Ends, across: Sequence[Box]) -> Iterator[tuple[float, float]]:
    """Yield the gaps between rows as (middle, room to either side), and those above and below every block to be passed."""
    yield (ends.start[1] + ends.end[1]) / 2, 0
    edges = sorted(edge for box in across for edge in (box.top, box.bottom))
    if edges:
        yield edges[0] - STUB, STUB - CLEAR
        yield edges[-1] + STUB, STUB - CLEAR
    for upper, lower in zip(edges, edges[1:], strict=False):
        if lower - upper >= 2 * CLEAR:
            yield (upper + lower) / 2, (lower - upper) / 2 - CLEAR


def _meets_curve(ends: Ends, box: Box) -> bool:
    """Return whether the curve that would be drawn runs behind a block."""
    (x1, y1), (x2, y2) = ends.start, ends.end
    middle = (x1 + x2) / 2
    for sample in range(1, SAMPLES):
        t = sample / SAMPLES
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
        x, y = a * x1 + (b + c) * middle + d * x2, (a + b) * y1 + (c + d) * y2
        if _within(x, box.left, box.right, 2) and _within(y, box.top, box.bottom, 2):
            return True
    return False


def _within(at: float, low: float, high: float, margin: float) -> bool:
    return low - margin < at < high + margin


def _overlaps(box: Box, one: float, other: float) -> bool:
    return box.top < max(one, other) and box.bottom > min(one, other)


def _rounded(points: Sequence[Point]) -> str:
    path = f"M{_pair(*points[0])}"
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(CORNER, _distance(before, at) / 2, _distance(at, after) / 2)
        path += f"L{_towards(at, before, radius)}Q{_pair(*at)} {_towards(at, after, radius)}"
    return f"{path}L{_pair(*points[-1])}"


def _distance(one: Point, other: Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(start: Point, end: Point, by: float) -> str:
    def step(a: float, b: float) -> float:
        return a + by * ((b > a) - (b < a))

    return _pair(step(start[0], end[0]), step(start[1], end[1]))


def _pair(x: float, y: float) -> str:
    return f"{_number(x)},{_number(y)}"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
