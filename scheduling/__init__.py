"""The calendar: hours, slots, holds and appointments."""
