"""The revisions.  Each says which one it follows; none is ever changed once it has left this repository."""
