"""Chapter 06: an assistant.  What a model learns by heart (pairs), what it looks up (passages), and what it cannot know."""
