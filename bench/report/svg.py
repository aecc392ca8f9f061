# SPDX-License-Identifier: BSD-2-Clause
"""Plots as SVG: lines with markers over two axes, each linear or logarithmic."""

import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 430
LEFT, RIGHT, BOTTOM = 84, 24, 60
TITLE, LEGEND = 40, 20  # of the top: the title, each row of the legend
LETTER = 7.4  # about the width of one

# Okabe and Ito: told apart by those who see no red or no green as well.
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"]
GREY = "#666666"


def number(value):
    """A number for people: thousands separated, no more digits than it needs."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    text = "{:,.{}f}".format(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def linear_ticks(least, most, count=6):
    """Round numbers from `least` to `most`, some `count` of them."""
    rough = (most - least) / count
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * of for of in (1, 2, 2.5, 5, 10) if size * of >= rough)
    first = math.ceil(least / step - 1e-9)
    last = math.floor(most / step + 1e-9)
    return [step * i for i in range(first, last + 1)]


def log_ticks(least, most):
    """1, 2 and 5 of each decade; where there are many decades only 1."""
    decades = range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)
    steps = (1, 2, 5) if len(decades) <= 4 else (1,)
    ticks = [step * 10.0 ** decade for decade in decades for step in steps]
    return [tick for tick in ticks if least * 0.999 <= tick <= most * 1.001]


class Axis:
    """Values to places between `begin` and `end` in the picture. `ticks` are where numbers stand, where they are known."""

    def __init__(self, label, values, begin, end, log=False, from_zero=False, ticks=None):
        self.label, self.log, self.begin, self.end, self.known = label, log, begin, end, ticks
        least, most = min(values), max(values)
        if log:
            self.least, self.most = least / 1.15, most * 1.15
        else:
            least = min(least, 0) if from_zero else least
            room = (most - least or abs(most) or 1) * 0.06
            self.least, self.most = least - (0 if from_zero else room), most + room

    def ticks(self):
        if self.known:
            return self.known
        return log_ticks(self.least, self.most) if self.log else linear_ticks(self.least, self.most)

    def place(self, value):
        of = (lambda v: math.log(v)) if self.log else (lambda v: v)
        share = (of(value) - of(self.least)) / (of(self.most) - of(self.least))
        return self.begin + share * (self.end - self.begin)


class Line:
    """points: (x, y) or (x, y, least y, most y), of which the two last are drawn as a range."""

    def __init__(self, name, points, dashed=False, marked=True, colour=None):
        self.name, self.dashed, self.marked, self.colour = name, dashed, marked, colour
        self.points = sorted(points, key=lambda point: point[0])


class Plot:
    """marks: (x, text), vertical lines with a word at the top. x_ticks: see Axis."""

    def __init__(self, title, x, y, lines, log_x=False, log_y=False, marks=(), x_ticks=None):
        self.title, self.marks = title, marks
        self.lines = [line for line in lines if line.points]
        xs = [point[0] for line in self.lines for point in line.points]
        ys = [value for line in self.lines for point in line.points for value in point[1:]]
        self.rows = self._flow()
        self.top = TITLE + LEGEND * len(self.rows) + 8
        self.x = Axis(x, xs + [mark[0] for mark in marks], LEFT, WIDTH - RIGHT, log_x, ticks=x_ticks)
        self.y = Axis(y, ys, HEIGHT - BOTTOM, self.top, log_y, from_zero=not log_y)

    def _flow(self):
        """The lines' names in rows: [[(line, its colour, where it begins)]]."""
        rows, left = [[]], LEFT
        for index, line in enumerate(self.lines):
            width = 48 + LETTER * len(line.name)
            if rows[-1] and left + width > WIDTH - RIGHT:
                rows.append([])
                left = LEFT
            rows[-1].append((line, line.colour or COLOURS[index % len(COLOURS)], left))
            left += width + 12
        return rows

    def svg(self):
        parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" width="{0}" height="{1}" '
                 'font-family="sans-serif" font-size="13">'.format(WIDTH, HEIGHT),
                 '<rect width="100%" height="100%" fill="white"/>',
                 text(WIDTH / 2, 24, self.title, "middle", 'font-size="15" font-weight="bold"')]
        parts += self._grid()
        for number_of_row, row in enumerate(self.rows):
            for line, colour, left in row:
                parts += self._line(line, colour) + legend(line, colour, left, TITLE + LEGEND * number_of_row + 6)
        parts += self._marks() + ["</svg>"]
        return "\n".join(parts) + "\n"

    def _grid(self):
        parts = []
        bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
        for tick in self.x.ticks():
            at = self.x.place(tick)
            parts += [stroke(at, self.top, at, bottom, "#e5e5e5"), text(at, bottom + 19, number(tick), "middle")]
        for tick in self.y.ticks():
            at = self.y.place(tick)
            parts += [stroke(LEFT, at, right, at, "#e5e5e5"), text(LEFT - 8, at + 4, number(tick), "end")]
        return parts + [stroke(LEFT, bottom, right, bottom, GREY), stroke(LEFT, self.top, LEFT, bottom, GREY),
                        text((LEFT + right) / 2, HEIGHT - 18, self.x.label, "middle"),
                        text(0, 0, self.y.label, "middle",
                             'transform="translate(20 {:.1f}) rotate(-90)"'.format((self.top + bottom) / 2))]

    def _marks(self):
        """Words over the lines of all: where they are close together they cross."""
        lines, words = [], []
        for row, (x, word) in enumerate(self.marks):
            at = self.x.place(x)
            lines.append(stroke(at, self.top, at, HEIGHT - BOTTOM, GREY, 'stroke-dasharray="3 3"'))
            words.append(text(at + 5, self.top + 14 + 16 * row, word, "start",
                              'fill="#333333" stroke="white" stroke-width="4" paint-order="stroke"'))
        return lines + words

    def _line(self, line, colour):
        places = [(self.x.place(point[0]), [self.y.place(value) for value in point[1:]]) for point in line.points]
        path = " ".join("{:.1f},{:.1f}".format(x, ys[0]) for x, ys in places)
        parts = ['<polyline points="{}" fill="none" stroke="{}" stroke-width="2"{}/>'.format(
            path, colour, ' stroke-dasharray="7 4"' if line.dashed else "")]
        for x, ys in places:
            if len(ys) == 3:
                parts.append(stroke(x, ys[1], x, ys[2], colour, 'stroke-width="1.5"'))
            if line.marked:
                parts.append('<circle cx="{:.1f}" cy="{:.1f}" r="3.5" fill="{}"/>'.format(x, ys[0], colour))
        return parts


def legend(line, colour, left, middle):
    dashes = ' stroke-dasharray="7 4"' if line.dashed else ""
    return [stroke(left, middle, left + 28, middle, colour, 'stroke-width="2"' + dashes),
            text(left + 36, middle + 4, line.name, "start")]


def stroke(x1, y1, x2, y2, colour, more='stroke-width="1"'):
    return '<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke="{}" {}/>'.format(x1, y1, x2, y2, colour, more)


def text(x, y, words, anchor, more=""):
    return '<text x="{:.1f}" y="{:.1f}" text-anchor="{}" {}>{}</text>'.format(x, y, anchor, more, escape(words))
