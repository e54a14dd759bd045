"""The branches and departments of a doctor. Each row carries the clinic: the database ties all three together."""

from django.db import models

from clinics.models import Branch, Clinic, Department
from doctors.models.doctor import Doctor


class DoctorBranch(models.Model):
    """A doctor sees patients at a branch."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+", db_index=False)
    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="at_branches", db_constraint=False)
    branch = models.ForeignKey(Branch, on_delete=models.CASCADE, related_name="its_doctors", db_constraint=False)

    class Meta:
        verbose_name = "branch of a doctor"
        verbose_name_plural = "branches of doctors"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["doctor", "branch"], name="one_row_per_doctor_and_branch")]

    def __str__(self) -> str:
        return f"{self.doctor} at {self.branch}"


class DoctorDepartment(models.Model):
    """A doctor works in a department besides the main one."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+", db_index=False)
    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="in_departments", db_constraint=False)
    department = models.ForeignKey(
        Department, on_delete=models.CASCADE, related_name="its_doctors", db_constraint=False
    )

    class Meta:
        verbose_name = "further department of a doctor"
        verbose_name_plural = "further departments of doctors"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["doctor", "department"], name="one_row_per_doctor_and_department")
        ]

    def __str__(self) -> str:
        return f"{self.doctor} in {self.department}"
