"""What the sanitizers left in a log, and what of it counts.

LeakSanitizer looks for pointers; the pointer to a weakly referenced object's side table is encoded in its reference count.
So a side table (32 bytes) of an object that lives when the process ends is reported although nothing leaked. Exactly that
is left out: an object that did leak behind it would stand in the same report by itself. So is what XCTest's own runner,
which `swift test` starts beside Swift Testing's, does not free of the suites it made.

    python sanitizers.py LOG…    prints what counts, exit 1 if there is something
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

LEAK = re.compile(r"(?:Direct|Indirect) leak of \d+ byte\(s\) in \d+ object\(s\) allocated from:\n(?: +#.*\n)+")
SUMMARY = re.compile(r"SUMMARY: AddressSanitizer: \d+ byte\(s\) leaked.*")
REPORT = re.compile(r"(?:WARNING|ERROR): (?:Thread|Address|Leak)Sanitizer.*|SUMMARY: \w+Sanitizer.*|.*runtime error: .*")


def counts(leak: str) -> bool:
    """Whether a leak is one of ours."""
    frames = leak.splitlines()[1:]
    of_the_runner = "$s6XCTest" in leak and not any(part in leak for part in ("/Sources/", "/Tests/"))
    return not of_the_runner and "formWeakReference" not in "".join(frames[:4])


def reports(log: str) -> list[str]:
    """Every report that counts, in full for leaks and by its first line for everything else."""
    leaks = [leak for leak in LEAK.findall(log) if counts(leak)]
    rest = SUMMARY.sub("", log).replace("ERROR: LeakSanitizer: detected memory leaks", "")
    return leaks + REPORT.findall(rest)


if __name__ == "__main__":
    found = [f"{path}: {report}" for path in sys.argv[1:] for report in reports(Path(path).read_text("utf-8", "replace"))]
    print("\n".join(found[:20]))
    sys.exit(1 if found else 0)
