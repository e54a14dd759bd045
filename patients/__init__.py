"""Who comes: a phone proved by a code, and the family behind it."""
