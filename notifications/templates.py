"""The platform's templates: one of each kind is always there, in the wording we ship, waiting to be registered."""

from typing import Any

from notifications.kinds import KINDS
from notifications.models import Language, Template
from notifications.registered import types_of


def make_missing(**_: Any) -> None:
    """Write down the wording we ship for each kind that has no template yet; runs after every migration."""
    there = set(Template.objects.filter(clinic=None, language=Language.ENGLISH).values_list("kind", flat=True))
    Template.objects.bulk_create(
        (
            Template(kind=kind, wording=rules.wording, category=rules.category, variables=types_of(rules.wording))
            for kind, rules in KINDS.items()
            if kind not in there
        ),
        ignore_conflicts=True,
    )
