"""Addresses of the calendar: browsing, booking, visits."""

from django.urls import path

from scheduling.views import booking, browse, calendars, changes, hours, leave, rooms, together, visits, waitlist

app_name = "scheduling"
urlpatterns = [
    path("", browse.home, name="home"),
    path("in/<str:city>/", browse.city, name="city"),
    path("c/<slug:clinic>/", browse.clinic, name="clinic"),
    path("c/<slug:clinic>/<slug:doctor>/", browse.doctor, name="doctor"),
    path("c/<slug:clinic>/<slug:doctor>/hold/", booking.hold, name="hold"),
    path("c/<slug:clinic>/<slug:doctor>/together/", together.together, name="together"),
    path("c/<slug:clinic>/<slug:doctor>/wait/", waitlist.wait, name="wait"),
    path("offer/<slug:code>/", waitlist.offer, name="offer"),
    path("book/<uuid:hold>/", booking.book, name="book"),
    path("book/<uuid:hold>/phone/", booking.phone, name="book_phone"),
    path("book/<uuid:hold>/code/", booking.code, name="book_code"),
    path("book/<uuid:hold>/confirm/", booking.confirm, name="book_confirm"),
    path("book/<uuid:hold>/release/", booking.release, name="book_release"),
    path("me/", visits.visits, name="visits"),
    path("me/wait/<uuid:pk>/leave/", waitlist.wait_leave, name="wait_leave"),
    path("t/<slug:code>/cancel/", visits.cancel, name="cancel"),
    path("t/<slug:code>/move/", visits.move, name="move"),
    path("t/<slug:code>/choose/", changes.choose, name="choose"),
    path("changes/<slug:clinic>/", changes.changes, name="changes"),
    path("changes/<slug:clinic>/<uuid:pk>/", changes.change, name="change"),
    path("waitlist/<slug:clinic>/", waitlist.waitlist, name="waitlist"),
    path("waitlist/<slug:clinic>/<uuid:pk>/remove/", waitlist.waitlist_remove, name="waitlist_remove"),
    path("calendar/<slug:clinic>/", calendars.calendar, name="calendar"),
    path("calendar/<slug:clinic>/<slug:doctor>/", calendars.calendar_week, name="calendar_week"),
    path("hours/<slug:clinic>/<slug:doctor>/", hours.hours, name="hours"),
    path("rooms/<slug:clinic>/", rooms.rooms, name="rooms"),
    path("leave/", leave.leave, name="leave"),
    path("leave/impact/", leave.leave_impact, name="leave_impact"),
    path("leave/<int:pk>/affects/", leave.leave_affects, name="leave_affects"),
    path("leave/<int:pk>/approve/", leave.leave_approve, name="leave_approve"),
    path("leave/<int:pk>/reject/", leave.leave_reject, name="leave_reject"),
    path("leave/<int:pk>/take-back/", leave.leave_take_back, name="leave_take_back"),
    path("desk/<slug:clinic>/<slug:doctor>/<int:number>/cancel/", visits.desk_cancel, name="desk_cancel"),
]
