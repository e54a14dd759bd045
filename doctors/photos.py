"""Photos come in as people have them, and are kept as 320 pixels of WebP without metadata."""

import hashlib
import io
from typing import BinaryIO

from django.db import transaction
from PIL import Image, ImageOps

from doctors.errors import DoctorError
from doctors.models import Doctor, Photo

MOST_BYTES = 2 * 1024 * 1024
MOST_PIXELS = 40_000_000  # a larger picture in two megabytes is no photo of a face
SIDE = 320
FORMATS = ["JPEG", "PNG", "WEBP"]
A_LITTLE_ABOVE_THE_MIDDLE = (0.5, 0.35)  # where faces are when a portrait is cut to a square


def small(file: BinaryIO, *, size: int) -> bytes:
    """The picture as patients see it. Raises DoctorError, which says what is wrong with what was given."""
    if size > MOST_BYTES:
        raise DoctorError("This photo is larger than 2 MB. Choose a smaller one.")
    try:
        with Image.open(file, formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise DoctorError("This photo has too many pixels. Choose a smaller one.")
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DoctorError("This is not a JPEG, PNG or WebP photo that can be read.") from error
    square = ImageOps.fit(upright, (SIDE, SIDE), centering=A_LITTLE_ABOVE_THE_MIDDLE)
    on_white = Image.alpha_composite(Image.new("RGBA", square.size, "white"), square).convert("RGB")
    kept = io.BytesIO()
    on_white.save(kept, "WEBP", quality=80, method=6)
    return kept.getvalue()


@transaction.atomic
def keep(*, doctor: Doctor, image: bytes | None) -> None:
    """Give a doctor this photo, or none."""
    if image is None:
        Photo.objects.filter(doctor=doctor).delete()
        return
    key = hashlib.sha256(image).hexdigest()[:32]
    Photo.objects.update_or_create(doctor=doctor, defaults={"clinic_id": doctor.clinic_id, "key": key, "image": image})
