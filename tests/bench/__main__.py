"""``make bench``: the tables of speed and of quality, each figure beside its target or its baseline of the same run.

    python -m tests.bench [speed] [busy] [quality] [generation] [page] [reading] [demo] [chapters] [capacity] [books] [server]
                           [network] [assistant] [specialising]

Without a name: speed (also on a ``busy`` machine), quality, generation (how fast the playground answers) and page (the network
in one HTML file: its speed in browsers, what rounding its weights costs).  ``reading`` counts, on stories of each setting, what
a reader would see; ``demo`` times ``make demo`` on the embedded corpus and on the real novels, ``chapters`` times each
notebook, ``capacity`` measures what one attendee takes on a class server, ``books`` accounts for every word that the cleaning
leaves out, ``server`` puts fifty readers before the server for stories, ``network`` times how long a room waits when its network
fails, ``assistant`` says what that of chapter 06 finds in its manual and what it declines, ``specialising`` compares recipes for
chapter 04 (half an hour).
"""

import sys

from . import (
    assistant,
    books,
    busy,
    capacity,
    chapters,
    demo_times,
    generation,
    network,
    page,
    quality,
    reading,
    server,
    specialising,
    speed,
)

TABLES = {
    "assistant": assistant.main,
    "books": books.main,
    "network": network.main,
    "speed": speed.main,
    "busy": busy.main,
    "quality": quality.main,
    "demo": demo_times.main,
    "chapters": chapters.main,
    "capacity": capacity.main,
    "generation": generation.main,
    "page": page.main,
    "reading": reading.main,
    "server": server.main,
    "specialising": specialising.main,
}

if unknown := set(sys.argv[1:]) - set(TABLES):
    sys.exit(f"No table is called {', '.join(sorted(unknown))}: choose among {', '.join(TABLES)}.")
for name in sys.argv[1:] or ("speed", "busy", "quality", "generation", "page"):
    TABLES[name]()
