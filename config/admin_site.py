"""The back office as a site: our own sign-in at its door, and nothing in it that shows secrets."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, reverse


class OfficeSite(admin.AdminSite):
    """For operators and for admins of a clinic, with their second factor where one is asked for."""

    site_header = site_title = "Oozham"
    index_title = "Back office"
    site_url = "/"
    index_template = "notifications/office/index.html"

    def has_permission(self, request: HttpRequest) -> bool:
        """An operator, or an admin of some clinic."""
        from clinics.access import is_verified
        from clinics.office import office_of

        office = office_of(request)
        return office is not None and (not office.needs_second_factor or is_verified(request.user))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """What there is to look after comes first."""
        from notifications.models import Alert

        alerts = self.get_model_admin(Alert).open_ones(request)
        return super().index(request, (extra_context or {}) | {"alerts": alerts})

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The product's own sign-in; whoever is signed in and has no business here is told so."""
        from django.shortcuts import redirect

        from clinics.access import is_staff, with_next
        from clinics.office import office_of

        if not is_staff(request.user):
            door = "clinics:sign_in"
        elif office_of(request) is None:
            raise PermissionDenied
        else:
            door = "clinics:second_factor"
        return redirect(with_next(reverse(door), request.GET.get("next", reverse("admin:index"))))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The product's own way out."""
        from clinics.views import sign_out

        return sign_out(request)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Without the shortcut from any row's number to its address: tokens' and boards' addresses are secrets."""
        return [url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site"]


class OfficeConfig(AdminConfig):
    """Django's admin with our site; other packages' pages that show keys or run jobs are left out."""

    default_site = "config.admin_site.OfficeSite"
    default = False

    def ready(self) -> None:
        """After every app's pages have been found."""
        super().ready()
        from django.contrib.auth.models import Group
        from django_otp.plugins.otp_static.models import StaticDevice
        from django_otp.plugins.otp_totp.models import TOTPDevice
        from django_rq.models import Dashboard

        from clinics.admin.devices import DeviceAdmin

        for model in (Group, Dashboard, StaticDevice, TOTPDevice):
            if admin.site.is_registered(model):
                admin.site.unregister(model)
        admin.site.register([StaticDevice, TOTPDevice], DeviceAdmin)
        for model, words in ((StaticDevice, "Second factors: recovery codes"), (TOTPDevice, "Second factors: apps")):
            model._meta.app_config.verbose_name = words


site = admin.site  # looked up when it is first used: then it is an OfficeSite
