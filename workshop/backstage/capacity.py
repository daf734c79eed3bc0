"""How large a machine a class needs: from what one attendee was measured to take, by one formula.

python -m tests.bench capacity      measures, and keeps the figures in data/measured.json
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import measures
from .chapters import chapters

SYSTEM_GB = 2.0  #: for the system, the hub and its proxy
BUNCHING = 2.0  #: a class runs the same cell in the same minutes, not evenly over the chapter
SIZES = (8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)  #: memories that machines are sold with, in GB
CLASSES = (10, 30, 100)


@dataclass(frozen=True)
class Machine:
    """A machine for a class."""

    attendees: int
    memory_gb: int  #: the first of ``SIZES`` that is large enough
    cores: int
    rush_minutes: float  #: the heaviest chapter when everybody runs all of it at the same moment


def machine_for(figures: dict[str, Any], minutes: dict[str, int], attendees: int) -> Machine:
    """Return the machine on which so many attendees work side by side.

    Memory: what is shared (libraries and weights, mapped once), and for each attendee the server and the kernels of the two
    heaviest chapters, both at their peak, for one seldom closes the chapter that one leaves.  Cores: the processor time of a
    chapter spread over the minutes that it is taught in, for the chapter where this is most, times ``BUNCHING``.

    Args:
        figures: what ``python -m tests.bench capacity`` keeps: ``server_gb``, and for each chapter ``own_gb`` (memory that no
            other process can share), ``shared_gb`` and ``cpu_seconds``.
        minutes: how long each chapter is taught.
        attendees: how many.
    """
    each = figures["chapters"]
    heaviest = sorted((chapter["own_gb"] for chapter in each.values()), reverse=True)[:2]
    shared = max(chapter["shared_gb"] for chapter in each.values())
    needed = SYSTEM_GB + shared + attendees * (figures["server_gb"] + sum(heaviest))
    memory = next((size for size in SIZES if size >= needed), math.ceil(needed))
    load = max(chapter["cpu_seconds"] / (60 * minutes[name]) for name, chapter in each.items())
    cores = max(2, math.ceil(BUNCHING * load * attendees))
    longest = max(chapter["cpu_seconds"] for chapter in each.values())
    return Machine(attendees, memory, cores, attendees * longest / cores / 60)


def seat_gb(figures: dict[str, Any]) -> float:
    """Return the least memory limit of one attendee: a container counts as its own what it is the first to map."""
    heaviest = sorted((chapter["own_gb"] for chapter in figures["chapters"].values()), reverse=True)[:2]
    return figures["server_gb"] + sum(heaviest) + max(chapter["shared_gb"] for chapter in figures["chapters"].values())


def tables(root: Path) -> str:
    """Return the measured figures and the machines computed from them, as Markdown; nothing before they were measured."""
    figures = measures.read(root).get("capacity")
    if not figures:
        return ""
    lines = ["| chapter | memory of its own | shared by all | processor time |", "|---|---|---|---|"]
    for name, chapter in figures["chapters"].items():
        lines.append(f"| {name} | {chapter['own_gb']:.2f} GB | {chapter['shared_gb']:.2f} GB | {chapter['cpu_seconds']:.0f} s |")
    lines.append(f"| a server, no chapter open | {figures['server_gb']:.2f} GB | | |")
    lines += ["", "| attendees | memory | cores | everybody runs the heaviest chapter at once |", "|---|---|---|---|"]
    minutes = {chapter.name: chapter.front["minutes"] for chapter in chapters(root)}
    for count in CLASSES:
        size = machine_for(figures, minutes, count)
        lines.append(f"| {count} | {size.memory_gb} GB | {size.cores} | {size.rush_minutes:.0f} min |")
    seat = f"One attendee's limit (`WORKSHOP_HUB_MEMORY`) is to be {seat_gb(figures):.1f} GB or more."
    about = f"Chapters measured on {figures['date']} ({figures['machine']}), on {figures['books']}; machines computed from them"
    return "\n".join([*lines, "", f"{seat} {about} (`workshop/backstage/capacity.py`).", ""])
