"""The back office of telling people."""

from notifications.admin import clinics, contacts, health, outbox, templates

__all__ = ["clinics", "contacts", "health", "outbox", "templates"]
