"""What patients open to find a doctor, book, cancel and move."""
