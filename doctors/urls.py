"""Addresses of doctors' photos."""

from django.urls import path

from doctors import views

app_name = "doctors"
urlpatterns = [path("photos/<slug:key>.webp", views.photo, name="photo")]
