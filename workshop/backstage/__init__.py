"""How the notebooks, the pages and the figures of the workshop are made; an attendee never needs it."""
