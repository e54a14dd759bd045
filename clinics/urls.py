"""Addresses of signing in and out."""

from django.urls import path

from clinics import views

app_name = "clinics"

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-in/code/", views.second_factor, name="second_factor"),
    path("sign-in/set-up/", views.enrol, name="enrol"),
    path("sign-out/", views.sign_out, name="sign_out"),
]
