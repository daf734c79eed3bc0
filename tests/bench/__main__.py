"""``make bench``: the tables of speed and of quality, each figure beside its target or its baseline of the same run.

    python -m tests.bench [speed] [quality] [generation] [demo] [chapters] [capacity] [books]

Without a name: speed, quality and generation (how fast the playground answers).  ``demo`` times ``make demo`` on the
embedded corpus and on the real novels, ``chapters`` times each notebook, ``capacity`` measures what one attendee takes on a
class server, ``books`` accounts for every word that the cleaning leaves out.
"""

import sys

from . import books, capacity, chapters, demo_times, generation, quality, speed

TABLES = {
    "books": books.main,
    "speed": speed.main,
    "quality": quality.main,
    "demo": demo_times.main,
    "chapters": chapters.main,
    "capacity": capacity.main,
    "generation": generation.main,
}

if unknown := set(sys.argv[1:]) - set(TABLES):
    sys.exit(f"No table is called {', '.join(sorted(unknown))}: choose among {', '.join(TABLES)}.")
for name in sys.argv[1:] or ("speed", "quality", "generation"):
    TABLES[name]()
