"""Photos of doctors: what is taken, how it is kept, and who sees it."""

import io
import struct
import zlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from doctors import photos
from doctors.errors import DoctorError
from doctors.models import Doctor, Photo
from tests.doctors_page import CHANGE, form

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


def picture(*, kind: str = "JPEG", size: tuple[int, int] = (900, 600), **more: Any) -> bytes:
    """A photo as somebody's phone makes it."""
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, kind, **more)
    return file.getvalue()


def said_to_be(size: tuple[int, int]) -> bytes:
    """A small file that says it holds a large picture: what is refused is refused before it is unpacked."""
    small = picture(kind="PNG", size=(8, 8))
    head = b"IHDR" + struct.pack(">II", *size) + small[24:29]
    return small[:12] + head + struct.pack(">I", zlib.crc32(head)) + small[33:]


def taken(content: bytes) -> bytes:
    """As it is kept."""
    return photos.small(io.BytesIO(content), size=len(content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_becomes_a_small_square_without_metadata(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "A telephone that knows where it was"
    kept = taken(picture(kind=kind, exif=exif))
    with Image.open(io.BytesIO(kept)) as small:
        assert (small.format, small.size, small.mode) == ("WEBP", (320, 320), "RGB")
        assert not small.getexif()
    assert b"telephone" not in kept
    assert len(kept) < 40_000


def test_a_photo_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    wide = Image.new("RGB", (400, 200), "white")
    wide.paste("black", (0, 0, 200, 200))
    file = io.BytesIO()
    wide.save(file, "PNG", exif=exif)
    with Image.open(io.BytesIO(taken(file.getvalue()))) as small:
        assert sum(small.getpixel((160, 10))) < 60
        assert sum(small.getpixel((160, 310))) > 700


def test_what_shows_through_becomes_white() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(file, "PNG")
    with Image.open(io.BytesIO(taken(file.getvalue()))) as small:
        assert small.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"not a picture", picture()[:800], b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture(kind="GIF"),
        picture(kind="PNG")[:60], b"RIFF\0\0\0\0WEBPVP8 ",
    ],
)  # fmt: skip
def test_what_is_no_photo_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(DoctorError, match="not a JPEG, PNG or WebP photo"):
        taken(content)


def test_a_photo_too_large_is_refused_in_words() -> None:
    with pytest.raises(DoctorError, match="larger than 2 MB"):
        photos.small(io.BytesIO(b""), size=photos.MOST_BYTES + 1)
    for size in ((7000, 7000), (12000, 12000), (20000, 20000)):
        with pytest.raises(DoctorError, match=r"too many pixels|not a JPEG"):
            taken(said_to_be(size))


def test_a_clinic_puts_a_photo_up_and_takes_it_away(dr_rao: Doctor, lekha: Any, signed_in: Any, client: Any) -> None:
    office, address = signed_in(lekha), reverse(CHANGE, args=[dr_rao.pk])
    file = SimpleUploadedFile("rao.jpg", picture(), "image/jpeg")
    assert office.post(address, form(dr_rao, photo=file)).status_code == 302
    photo = Photo.objects.get(doctor=dr_rao)
    assert "data:image/webp;base64," in office.get(address).content.decode()
    assert f'src="/photos/{photo.key}.webp"' in client.get(dr_rao.get_absolute_url()).content.decode()
    shown = client.get(photo.get_absolute_url())
    assert (shown.content, shown["Content-Type"]) == (bytes(photo.image), "image/webp")
    assert "immutable" in shown["Cache-Control"]
    assert office.post(address, form(dr_rao, no_photo="on")).status_code == 302
    assert client.get(photo.get_absolute_url()).status_code == 404
    assert "<img" not in client.get(dr_rao.get_absolute_url()).content.decode()


def test_another_photo_has_another_address(dr_rao: Doctor) -> None:
    keys = set()
    for size in ((400, 400), (500, 400)):
        photos.keep(doctor=dr_rao, image=taken(picture(kind="PNG", size=size)) + bytes(size[0] % 7))
        keys.add(Photo.objects.get().key)
    assert len(keys) == 2


def test_a_bad_photo_is_told_of_at_its_field_and_nothing_changes(dr_rao: Doctor, lekha: Any, signed_in: Any) -> None:
    file = SimpleUploadedFile("rao.jpg", b"no", "image/jpeg")
    sent = form(dr_rao, photo=file, about="As typed.")
    page = signed_in(lekha).post(reverse(CHANGE, args=[dr_rao.pk]), sent).content.decode()
    assert "This is not a JPEG, PNG or WebP photo that can be read." in page
    assert "As typed." in page
    assert not Photo.objects.exists()


def test_the_photo_of_a_doctor_who_is_not_shown_is_not_served(dr_rao: Doctor, client: Any) -> None:
    photos.keep(doctor=dr_rao, image=taken(picture()))
    address = Photo.objects.get().get_absolute_url()
    assert client.get(address).status_code == 200
    Doctor.objects.update(status="inactive")
    assert client.get(address).status_code == 404
