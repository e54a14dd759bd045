"""Addresses of proving a phone."""

from django.urls import path

from patients import views

app_name = "patients"
urlpatterns = [
    path("phone/", views.phone, name="phone"),
    path("phone/code/", views.code, name="code"),
    path("phone/pin/", views.pin, name="pin"),
    path("pin/<slug:clinic>/", views.give_pin, name="give_pin"),
    path("phone/sign-out/", views.sign_out, name="sign_out"),
]
