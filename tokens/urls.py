"""Addresses of the day: the desk, the doctor's list, the board, a patient's token."""

from django.urls import path

from tokens.views import actions, adding, afterwards, board, desk, here, late_rule, paper, replay, ticket, today, told

QUEUE = "desk/<slug:clinic>/<slug:doctor>/"
TOKEN = QUEUE + "<int:number>/"

app_name = "tokens"
urlpatterns = [
    path("t/<slug:code>/", ticket.ticket, name="ticket"),
    path("t/<slug:code>/together/", ticket.party, name="party"),
    path("t/<slug:code>/travel/", told.travel, name="travel"),
    path("t/<slug:code>/rate/", told.rate, name="rate"),
    path("board/<slug:key>/", board.board, name="board"),
    path("here/<slug:key>/<slug:stamp>/", here.here, name="here"),
    path("today/", today.today, name="today"),
    path("desk/", desk.desks, name="desks"),
    path("desk/<slug:clinic>/", desk.desk_all, name="desk_all"),
    path(QUEUE, desk.desk, name="desk"),
    path(QUEUE + "call-next/", actions.call_next, name="call_next"),
    path(QUEUE + "complete/", actions.complete, name="complete"),
    path(QUEUE + "again/", actions.again, name="again"),
    path(QUEUE + "undo/", actions.undo, name="undo"),
    path(QUEUE + "state/", actions.state, name="state"),
    path(QUEUE + "running-late/", actions.running_late, name="running_late"),
    path(QUEUE + "reserve/", actions.reserve, name="reserve"),
    path(QUEUE + "known/", adding.known, name="known"),
    path(QUEUE + "add/", adding.add, name="add"),
    path(QUEUE + "emergency/", adding.emergency, name="emergency"),
    path(TOKEN, desk.desk_token, name="desk_token"),
    path(TOKEN + "call/", actions.call, name="call"),
    path(TOKEN + "arrived/", actions.arrived, name="arrived"),
    path(TOKEN + "late/", actions.late, name="late"),
    path(TOKEN + "skip/", actions.skip, name="skip"),
    path(TOKEN + "recall/", actions.recall, name="recall"),
    path(TOKEN + "place/", actions.place, name="place"),
    path(TOKEN + "merge/", actions.merge, name="merge"),
    path(TOKEN + "note/", actions.note, name="note"),
    path(TOKEN + "follow-up/", actions.follow_up, name="follow_up"),
    path(QUEUE + "replay/", replay.replay, name="replay"),
    path("late-rule/<slug:clinic>/", late_rule.late_rule, name="late_rule"),
    path("late-rule/<slug:clinic>/save/", late_rule.late_rule_save, name="late_rule_save"),
    path("late-rule/<slug:clinic>/<slug:doctor>/drop/", late_rule.late_rule_drop, name="late_rule_drop"),
    path(TOKEN + "slip/", paper.slip, name="slip"),
    path(QUEUE + "print/", paper.printing, name="print"),
    path(QUEUE + "print/<uuid:sheet_id>/", paper.sheet, name="sheet"),
    path(QUEUE + "afterwards/", afterwards.afterwards, name="afterwards"),
]
