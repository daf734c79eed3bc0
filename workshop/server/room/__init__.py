"""The room, live: who needs help, with which exercise, for which mistake.  In memory for the day, forgotten at its end."""
