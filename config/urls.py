"""The admin is the whole site; beside it stands the page that a monitor asks."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from config.health import health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="root"),
    path("health", health, name="health"),
    path("admin/", admin.site.urls),
]
