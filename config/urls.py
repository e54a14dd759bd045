"""Every address; each app names its own."""

from django.urls import include, path

from config import health
from config.admin_site import site

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("scheduling.urls")),
    path("", include("doctors.urls")),
    path("", include("tokens.urls")),
    path("", include("patients.urls")),
    path("", include("clinics.urls")),
    path("", include("analytics.urls")),
    path("", include("notifications.urls")),
    path("admin/", site.urls),
]
