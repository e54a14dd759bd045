"""Addresses of looking back."""

from django.urls import path

from analytics import views

app_name = "analytics"
urlpatterns = [path("reports/<slug:clinic>/", views.report, name="report")]
