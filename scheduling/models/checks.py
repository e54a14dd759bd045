"""What is wrong with a row itself is said before it is compared with others."""

from collections.abc import Collection

from django.db import models


class ChecksFirst(models.Model):
    """A row whose own mistakes are found first: hours that end before they start are no range to compare."""

    class Meta:
        abstract = True

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """As Django does, but one mistake of the row's own is enough."""
        for constraint in self._meta.constraints:
            if isinstance(constraint, models.CheckConstraint):
                constraint.validate(type(self), self, exclude=exclude)
        super().validate_constraints(exclude=exclude)
