"""The mutants that pass because they are right on every valid input, with the reason."""

EQUIVALENT: dict[str, dict[str, str]] = {}
