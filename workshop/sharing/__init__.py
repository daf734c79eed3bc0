"""Chapter 07: sharing.  A model card, the Hub, and the few functions that every server needs."""
