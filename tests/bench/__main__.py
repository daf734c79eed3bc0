"""``make bench``: the tables of speed and of quality, each figure beside its target or its baseline of the same run.

    python -m tests.bench [speed] [quality] [generation] [demo] [chapters] [capacity] [page]

Without a name: speed, quality, generation (how fast the playground answers) and page (the network in one HTML file).
``demo`` times ``make demo`` on the embedded corpus and on the real novels, ``chapters`` times each notebook, ``capacity``
measures what one attendee takes on a class server.
"""

import sys

from . import capacity, chapters, demo_times, generation, page, quality, speed

TABLES = {
    "speed": speed.main,
    "quality": quality.main,
    "demo": demo_times.main,
    "chapters": chapters.main,
    "capacity": capacity.main,
    "generation": generation.main,
    "page": page.main,
}

if unknown := set(sys.argv[1:]) - set(TABLES):
    sys.exit(f"No table is called {', '.join(sorted(unknown))}: choose among {', '.join(TABLES)}.")
for name in sys.argv[1:] or ("speed", "quality", "generation", "page"):
    TABLES[name]()
