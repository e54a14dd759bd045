"""Staff and their roles. A clinic's admins look after those who work nowhere else; nobody is made an operator here
but by an operator."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from clinics import audit
from clinics.admin.forms import ColleagueForm, NewColleagueForm
from clinics.backoffice import ClinicAdmin, ClinicInline, OwnRelated
from clinics.models import Membership, User
from clinics.office import masked_phone, office_of, settle_key


class MembershipInline(ClinicInline):
    """What somebody does where."""

    model = Membership
    autocomplete_fields = ["clinic"]


class SortFilter(admin.SimpleListFilter):
    """The two sorts of users."""

    title, parameter_name = "sort", "sort"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("staff", "Staff"), ("patients", "Patients’ phones")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        return queryset.filter(phone_key__isnull=self.value() == "staff") if self.value() else queryset


@admin.register(User)
class StaffAdmin(ClinicAdmin, UserAdmin):
    """Those who sign in."""

    form, add_form = ColleagueForm, NewColleagueForm
    may_delete = False
    fixed = ()
    inlines = [MembershipInline]
    list_display = ["__str__", "email", "masked", "is_active", "is_staff", "last_login"]
    list_filter = [SortFilter, "is_active", "is_superuser"]
    search_fields = ["email", "name"]
    ordering = ["-pk"]
    filter_horizontal = ()
    readonly_fields = ["is_staff", "last_login", "joined_at", "new_password", "masked"]
    add_fieldsets = [(None, {"fields": ["email", "name", "clinic", "role", "password1", "password2"]})]
    actions = ["forget_second_factor"]

    def of_clinics(self, queryset: QuerySet[User], clinic_ids: Any) -> QuerySet[User]:
        members = Membership.objects.filter(clinic_id__in=clinic_ids).values("user_id")
        return queryset.filter(pk__in=members, is_superuser=False, phone_key__isnull=True)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever works at another clinic too is that clinic's as well: such a password is set by the operator."""
        office = office_of(request)
        if not super().has_change_permission(request, obj) or office is None:
            return False
        if office.is_operator or obj is None or obj.pk is None:
            return True
        return not obj.memberships.exclude(clinic_id__in=office.clinic_ids).exists()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        if obj.phone_key is not None:
            return [(None, {"fields": ["masked", "is_active", "last_login", "joined_at"]})]
        keys = ["is_active", "is_staff"]
        if office_of(request).is_operator:
            keys.append("is_superuser")
        return [
            (None, {"fields": ["email", "name", "new_password"]}),
            ("What they may do", {"fields": keys}),
            ("When", {"fields": ["last_login", "joined_at"]}),
        ]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return [] if obj is None or obj.phone_key is not None else self.inlines

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)
        if obj is None:  # a class made for this request alone
            form.clinics = self.admin_site.get_model_admin(Membership.clinic.field.related_model).get_queryset(request)
            form.needs_a_clinic = not office_of(request).is_operator
        return form

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not change and form.cleaned_data["clinic"]:
            Membership.objects.create(
                user=form.instance, clinic=form.cleaned_data["clinic"], role=form.cleaned_data["role"]
            )
        settle_key(form.instance)

    @admin.display(description="phone")
    def masked(self, user: User) -> str:
        """The end of a patient's number."""
        return masked_phone(user.phone)

    @admin.display(description="password")
    def new_password(self, user: User) -> str:
        """A way to set a new one."""
        return format_html('<a href="{}">Set a new password</a>', "../password/")

    @admin.action(description="Take away the second factor (lost phone)", permissions=["change"])
    def forget_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """They set up a new one when they sign in next."""
        users = [user for user in queryset if self.has_change_permission(request, user)]
        for model in (TOTPDevice, StaticDevice):
            model.objects.filter(user__in=users).delete()
        for user in users:
            audit.record("second_factor.taken_away", clinic=None, by=request.user, about=user)
        if refused := len(queryset) - len(users):
            messages.error(request, f"{refused} of them work at another clinic too: ask the platform’s operator.")
        messages.success(request, f"{len(users)} will set up a new second factor when they sign in next.")


@admin.register(Membership)
class MembershipAdmin(ClinicAdmin):
    """Who does what at which clinic."""

    fixed = ("clinic", "user")
    list_display = ["user", "role", "clinic"]
    list_filter = ["role", ("clinic", OwnRelated)]
    search_fields = ["user__email", "user__name", "clinic__name"]
    list_select_related = ["user", "clinic"]
    ordering = ["-pk"]
    autocomplete_fields = ["clinic", "user"]

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        settle_key(obj.user)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        super().delete_model(request, obj)
        settle_key(obj.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        users = list(User.objects.filter(memberships__in=queryset).distinct())
        super().delete_queryset(request, queryset)
        for user in users:
            settle_key(user)
