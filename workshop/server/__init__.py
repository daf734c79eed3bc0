"""The application for stories: pages, accounts, an API, its monitoring; and the room seen live."""
