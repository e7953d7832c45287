"""Processes that report in lines of JSON, and what a process takes of the machine."""

import dataclasses
import json
import os
import pathlib
import subprocess
import time

from testbed import Failed

TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """A process that writes objects in JSON, one a line; ended at the end of a `with`."""

    def __init__(self, command):
        words = [str(word) for word in command]
        self.name = pathlib.Path(words[0]).name
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def has_ended(self):
        return self.process.poll() is not None

    def event(self, name):
        """Waits for the next object whose member `event` is `name`."""
        for line in self.process.stdout:
            event = json.loads(line)
            if event.get("event") == name:
                return event
        raise Failed(f"{self.name} ended with {self.process.wait()} before it was {name}")

    def last(self):
        """Waits for the end; returns the last object."""
        lines = self.process.stdout.read().splitlines()
        if self.process.wait() != 0 or not lines:
            raise Failed(f"{self.name} ended with {self.process.returncode}")
        return json.loads(lines[-1])


@dataclasses.dataclass
class Sample:
    """What a process takes at a moment."""

    time: float
    # Seconds of a processor since it started.
    processor: float
    # Bytes of memory of its own in RAM: heap and stacks, without the program's files.
    memory: int
    threads: int
    descriptors: int
    # Bytes of its log files.
    log: int


class Samples:
    """What the process `pid` takes, and its log files in `folder`, each time that `take` is called."""

    def __init__(self, pid, folder=None):
        self.process = pathlib.Path(f"/proc/{pid}")
        self.folder = folder
        self.all = []
        # Lines of all log files at the end of the run.
        self.lines = 0

    def take(self):
        status = dict(
            line.split(":", 1) for line in (self.process / "status").read_text().splitlines() if ":" in line
        )
        # The name, in brackets, may contain blanks.
        fields = (self.process / "stat").read_text().rpartition(")")[2].split()
        self.all.append(Sample(
            time.monotonic(),
            (int(fields[11]) + int(fields[12])) / TICKS,
            int(status["RssAnon"].split()[0]) * 1024,
            int(status["Threads"]),
            len(list((self.process / "fd").iterdir())),
            sum(file.stat().st_size for file in self.files()),
        ))

    def files(self):
        return [file for file in self.folder.rglob("*") if file.is_file()] if self.folder else []

    def count_lines(self):
        self.lines = sum(len(file.read_bytes().splitlines()) for file in self.files())

    def of(self, what):
        return [getattr(sample, what) for sample in self.all]

    def processor(self):
        """The share of one processor between the first sample and the last."""
        first, last = self.all[0], self.all[-1]
        return (last.processor - first.processor) / (last.time - first.time)

    def warm(self):
        """The samples after the first half, at most a minute, in which places and caches fill."""
        begin = self.all[0].time + min(60, (self.all[-1].time - self.all[0].time) / 2)
        return [sample for sample in self.all if sample.time >= begin]

    def growth(self, what):
        """How much `what` grew after the warm-up: the slope of the line with the least squares, times the
        duration."""
        points = [(sample.time, getattr(sample, what)) for sample in self.warm()]
        times = [at for at, _ in points]
        middle = sum(times) / len(times)
        spread = sum((at - middle) ** 2 for at in times)
        slope = sum((at - middle) * value for at, value in points) / spread if spread else 0
        return slope * (times[-1] - times[0])
