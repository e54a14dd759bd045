"""What everybody may look at: doctors' faces."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from clinics.access import public_page
from doctors.models import Doctor, Photo


@public_page(because="a photo that a clinic shows of its doctor, while patients are shown the doctor")
@require_safe
@cache_control(public=True, max_age=60 * 60 * 24 * 7, immutable=True)
def photo(request: HttpRequest, key: str) -> HttpResponse:
    """A photo, by an address that never shows another."""
    found = Photo.objects.filter(key=key, doctor__in=Doctor.objects.active()).values_list("image", flat=True).first()
    if found is None:
        raise Http404("No photo has this address.")
    return HttpResponse(bytes(found), content_type="image/webp", headers={"X-Content-Type-Options": "nosniff"})
