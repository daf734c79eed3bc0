"""How the tables came to their present form, one revision after the other (Alembic)."""
