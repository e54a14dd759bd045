"""What may be said to whoever asked."""


class DoctorError(Exception):
    """A change of a doctor that cannot be made now; its message may be shown to the person who asked."""
