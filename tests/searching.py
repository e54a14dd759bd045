"""What the tests of the search have in common: the page of an answer, and whom it names."""

import re

from django.test import Client

TUESDAY = "2026-11-24 08:00"
HERE = "/in/kochi/"


def look(client: Client, question: str) -> str:
    """A city's page, or another, on one line."""
    answer = client.get(question if question.startswith("/") else HERE + question)
    assert answer.status_code == 200, answer.headers
    return " ".join(answer.content.decode().split())


def names(client: Client, question: str) -> list[str]:
    """The doctors a question finds, in their order."""
    return re.findall(r"<h3><a [^>]*>Dr ([^<]+)</a></h3>", look(client, question))


BOTH = ["Kavitha Rao", "Joseph Kurian"]
