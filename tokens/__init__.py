"""The queue on the day: numbers, states, order, estimates and the live screens."""
