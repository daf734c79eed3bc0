"""What Alembic runs: the revisions, on the connection that ``database.alembic_config`` gave."""

from alembic import context

from workshop.server.database import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
