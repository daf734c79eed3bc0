"""``make bench``: the tables of speed and of quality, each figure beside its target or its baseline of the same run.

    python -m tests.bench [speed] [quality] [demo] [chapters]

Without a name: speed and quality.  ``demo`` times ``make demo`` on the embedded corpus and on the real novels,
``chapters`` times each notebook, ``capacity`` measures what one attendee takes on a class server.
"""

import sys

from . import capacity, chapters, demo_times, quality, speed

TABLES = {
    "speed": speed.main,
    "quality": quality.main,
    "demo": demo_times.main,
    "chapters": chapters.main,
    "capacity": capacity.main,
}

for name in sys.argv[1:] or ("speed", "quality"):
    TABLES[name]()
