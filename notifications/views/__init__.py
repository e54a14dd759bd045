"""Pages of messages, and the doors by which providers come in."""
