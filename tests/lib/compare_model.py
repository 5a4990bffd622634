"""What `iovtool compare` has to answer, worked out from the bytes of both sides the slow way.

A test that makes vectors imports this: `import compare_model` in a script that python_with_model of
lib/compare.bash runs.
"""

import bisect
import json
import re
import subprocess
from dataclasses import dataclass

ROW = 8
PIECE = 64 * 1024
PRINTABLE = bytes(byte if 32 <= byte < 127 else ord(".") for byte in range(256))


@dataclass
class Segment:
    word: str  # as it is given
    name: str  # as iovtool calls it
    offset: int  # where its first byte is in the file, literal or stream
    data: bytes

    def short_name(self):
        """The name in messages: long literals and patterns are cut."""
        scheme, _, rest = self.name.partition(":")
        pattern, _, length = rest.partition("+")
        if scheme == "hex" and len(rest) > 32:
            return f"hex:{rest[:32]}... ({len(self.data)} bytes)"
        if scheme == "fill" and len(pattern) > 32:
            return f"fill:{pattern[:32]}...+{length}"
        return self.name


def literal(data):
    word = "hex:" + data.hex()
    return Segment(word, word, 0, data)


def fill(pattern, length):
    """The pattern repeated up to `length` bytes."""
    data = (pattern * (length // len(pattern) + 1))[:length]
    word = f"fill:{pattern.hex()}+{length}"
    return Segment(word, f"zero:{length}" if pattern == b"\0" else word, 0, data)


def file_piece(name, start, data):
    """The range of a file that has these bytes from `start` on."""
    word = f"{name}@{start}+{len(data)}"
    return Segment(word, word, start, data)


def whole_file(name, content):
    return Segment(name, f"{name}@0+{len(content)}", 0, content)


class Side:
    def __init__(self, segments):
        self.segments = list(segments)
        self.data = b"".join(segment.data for segment in self.segments)
        self.starts = []
        at = 0
        for segment in self.segments:
            self.starts.append(at)
            at += len(segment.data)

    def words(self):
        return [segment.word for segment in self.segments]

    def place(self, at):
        """Index, segment and offset in the source of the byte at `at`; None behind the end."""
        if at >= len(self.data):
            return None
        index = bisect.bisect_right(self.starts, at) - 1  # behind segments of no bytes
        segment = self.segments[index]
        return index, segment, segment.offset + at - self.starts[index]


def differing_runs(a, b):
    """[(offset, length), ...] of two byte strings of one length."""
    assert len(a) == len(b)
    found = []
    for at in range(0, len(a), PIECE):
        left, right = a[at:at + PIECE], b[at:at + PIECE]
        if left == right:
            continue
        unequal = int.from_bytes(left, "little") ^ int.from_bytes(right, "little")
        for match in re.finditer(rb"[^\0]+", unequal.to_bytes(len(left), "little")):
            start, end = at + match.start(), at + match.end()
            if found and found[-1][1] == start:
                found[-1][1] = end
            else:
                found.append([start, end])
    return [(start, end - start) for start, end in found]


class Comparison:
    """`ends` is "differ", "zero-pad" or "common"."""

    def __init__(self, a, b, ends="differ"):
        self.sides = (a, b)
        lengths = [len(side.data) for side in self.sides]
        self.compared = max(lengths) if ends == "zero-pad" else min(lengths)
        self.bytes = [side.data[:self.compared].ljust(self.compared, b"\0") for side in self.sides]
        self.runs = differing_runs(*self.bytes)
        self.differing = sum(length for _, length in self.runs)
        self.first = self.runs[0][0] if self.runs else None
        self.longer = None
        if ends == "differ" and lengths[0] != lengths[1]:
            self.longer = 0 if lengths[0] > lengths[1] else 1
        self.status = 1 if self.runs or self.longer is not None else 0

    # ---- Text --------------------------------------------------------------------------------

    def end_text(self):
        if self.longer is None:
            return ""
        equal = "" if self.runs else "; everything before is equal"
        shorter, longer = "AB"[1 - self.longer], "AB"[self.longer]
        return f"{shorter} ends at {self.compared:#x} ({self.compared}), {longer} goes on{equal}\n"

    def first_text(self):
        if not self.runs:
            return self.end_text()
        at, told = self.first, []
        for side, letter in zip(self.sides, "AB"):
            place = side.place(at)
            if place is None:
                told.append(f"00 behind the end of {letter}")
            else:
                told.append(f"{side.data[at]:02x} in {place[1].short_name()} at {place[2]}")
        return f"differ at {at:#x} ({at}): {told[0]}, {told[1]}\n"

    def list_text(self, most=None, base="dec"):
        def number(value):
            return {"dec": f"{value}", "hex": f"{value:#x}", "oct": f"0{value:o}"}[base]

        lines = [f"{number(at)} {number(length)}\n" for at, length in self.runs[:most]]
        if self.longer is not None and (most is None or len(self.runs) < most):
            rest = len(self.sides[self.longer].data) - self.compared
            lines.append(f"{number(self.compared)} {number(rest)} only {'AB'[self.longer]}\n")
        return "".join(lines)

    def stats_text(self):
        return (f"compared   {self.compared} bytes\n"
                f"differing  {self.differing} bytes ({self.percent():.6g} %)\n"
                f"runs       {len(self.runs)}\n")

    def percent(self):
        return 100.0 * self.differing / self.compared if self.compared else 0.0

    def rows_shown(self, context):
        """The numbers of the rows that differ or are near one that does, in order."""
        shown = set()
        last = (self.compared - 1) // ROW
        for at, length in self.runs:
            first_row, last_row = at // ROW, (at + length - 1) // ROW
            shown.update(range(max(first_row - context, 0), min(last_row + context, last) + 1))
        return sorted(shown)

    def hex_row(self, start, which):
        row = self.bytes[which][start:min(start + ROW, self.compared)]
        place = self.sides[which].place(start)
        offset = "       -" if place is None else f"{place[2]:08x}"
        text = row.translate(PRINTABLE).decode()
        return f"{offset}  {row.hex(' '):{3 * ROW - 1}}  |{text}|", len(row)

    def hex_text(self, context=3):
        lines, next_row = [], None
        for number in self.rows_shown(context):
            start = number * ROW
            if number != next_row:
                lines.append(f"@@ {start:#x} ({start}) @@\n")
            next_row = number + 1
            left, length = self.hex_row(start, 0)
            right, _ = self.hex_row(start, 1)
            lines.append(f"{left}{' ' * (ROW - length)}  {right}\n")
        return "".join(lines) + self.end_text()

    # ---- JSON --------------------------------------------------------------------------------

    def first_json(self):
        found = {"offset": self.first}
        for side, key in zip(self.sides, "ab"):
            place = side.place(self.first)
            if place is None:
                found[key] = {"byte": 0, "padding": True}
            else:
                index, segment, offset = place
                found[key] = {"segment": segment.name, "byte": side.data[self.first],
                              "index": index, "offset": offset}
        return found

    def json(self, stats=False, runs=False, lengths=None):
        """Where a side ended is told when the walk gets there: not after a first difference alone.
        `lengths`: of the sides as far as they are known at the start; None is JSON's null."""
        answer = {"equal": self.status == 0}
        if self.runs:
            answer["first"] = self.first_json()
        if self.longer is not None and (stats or runs or not self.runs):
            answer["longer"] = "ab"[self.longer]
            answer["end"] = self.compared
        known = lengths or [len(side.data) for side in self.sides]
        answer["length_a"], answer["length_b"] = known
        if runs:
            answer["runs"] = [{"offset": at, "length": length} for at, length in self.runs]
        if stats:
            answer["stats"] = {"compared": self.compared, "runs": len(self.runs),
                               "differing": self.differing, "percent": self.percent()}
        return answer

    # ---- Judging -----------------------------------------------------------------------------

    def command(self, options, form="with"):
        a, b = (side.words() for side in self.sides)
        words = [*a, *b] if form == "two" else [*a, "--with", *b]
        return ["iovtool", "compare", *options, *words]

    def check(self, options, expected, about="", form="with", **run):
        """Runs it; `expected` is the text of standard output, or the object it is to parse to."""
        command = self.command(options, form)
        done = subprocess.run(command, capture_output=True, **run)
        actual = done.stdout.decode()
        if not isinstance(expected, str):
            actual = json.loads(actual)
        problem = None
        if done.returncode != self.status:
            problem = f"exit status {done.returncode}, not {self.status}"
        elif done.stderr:
            problem = "standard error is not empty"
        elif actual != expected:
            problem = f"--- expected\n{shorten(expected)}\n--- actual\n{shorten(actual)}"
        shown = shorten(" ".join(command))
        assert problem is None, f"{about}\n{shown}\n{done.stderr.decode()}\n{problem}"


def shorten(value):
    text = str(value)
    return text if len(text) <= 3000 else text[:3000] + "..."
