"""Pages of the day. Reading is in desk, today, board and ticket; changing in actions, adding and here."""
