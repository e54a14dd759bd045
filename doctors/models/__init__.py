"""Doctors, the specialties patients look for, and where doctors belong."""

from doctors.models.belonging import DoctorBranch, DoctorDepartment
from doctors.models.doctor import Doctor, Specialty
from doctors.models.photo import Photo

__all__ = ["Doctor", "DoctorBranch", "DoctorDepartment", "Photo", "Specialty"]
