"""Turns the defmt log of an image into text, as defmt-print does, for the kinds of values that the firmware
logs.

A frame is the index of a symbol in the section .defmt, whose name holds the text, followed by the parameters.
On the wire it is packed with rzCOBS, which contains no zeros, and ends with a zero (the book of defmt,
"Design & impl notes").
"""

import json
import re
import subprocess

PARAMETER = re.compile(r"\{(?:=(\w+))?(?::(\w+))?\}")
SIZES = {"u8": 1, "u16": 2, "u32": 4, "usize": 4}


class Log:
    """The log of a running image."""

    def __init__(self, image):
        symbols = subprocess.run(
            ["arm-none-eabi-nm", image], capture_output=True, text=True, check=True
        ).stdout
        found = re.findall(r"^([0-9a-f]+) \w (\{.*\})$", symbols, re.M)
        self.texts = {int(index, 16): json.loads(name)["data"] for index, name in found}

    def lines(self, packed):
        """The lines of all complete frames."""
        return [self.words(iter(unpacked(frame))) for frame in packed.split(b"\0")[:-1] if frame]

    def words(self, data, form=""):
        """One text with its parameters filled in; numbers in the requested form."""
        return PARAMETER.sub(
            lambda found: self.value(data, found[1], found[2] or form), self.texts[number(data, 2)]
        )

    def value(self, data, kind, form):
        match kind:
            case None:
                # The value contains its own text.
                return self.words(data, form)
            case "str":
                return bytes(next(data) for _ in range(number(data, 4))).decode()
            case "istr":
                return self.words(data)
            case _:
                return format(number(data, SIZES[kind]), form)


def number(data, size):
    return int.from_bytes((next(data) for _ in range(size)), "little")


def unpacked(frame):
    """Decodes rzCOBS from its end: the byte after a run holds its length and the positions of zeros."""
    taken, out = iter(reversed(frame)), []
    for mark in taken:
        if mark < 0x80:
            out += [0 if mark & 0x40 >> place else next(taken) for place in range(7)]
        elif mark < 0xFF:
            out += [0, *(next(taken) for _ in range((mark & 0x7F) + 7))]
        else:
            out += [next(taken) for _ in range(134)]
    return bytes(reversed(out))
