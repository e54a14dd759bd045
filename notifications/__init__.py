"""Telling people: messages are rows first, sent after commit, their fate recorded."""
