"""Passwords: hashed by argon2, slowly on purpose; the same time is taken for an account that does not exist."""

import threading
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

AT_ONCE = 2  # each takes 64 MB and a core for a moment: a crowd of sign-ins waits instead of taking the machine


class Passwords:
    """Makes and verifies hashes; several threads may share one."""

    def __init__(self, quick: bool = False) -> None:
        """Take the costs that argon2-cffi recommends (RFC 9106), or, for tests, almost none."""
        self._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1) if quick else PasswordHasher()
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def hash(self, password: str) -> str:
        """Return what is kept of a password."""
        with self._turns:
            return self._hasher.hash(password)

    def fits(self, hashed: str | None, password: str) -> bool:
        """Return whether this is the password; for no account at all (None), « no », after as long a time."""
        with self._turns:
            try:
                return self._hasher.verify(hashed or self._nobody, password) and hashed is not None
            except VerificationError:
                return False

    def is_old(self, hashed: str) -> bool:
        """Return whether argon2 is to be more costly now than when this was made."""
        return self._hasher.check_needs_rehash(hashed)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("personne n’a ce mot de passe")
