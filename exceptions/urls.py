"""Addresses of the desk."""

from __future__ import annotations

from django.urls import path

from exceptions.views import actions
from exceptions.views.bulk import BulkView
from exceptions.views.causes import CausePageView
from exceptions.views.detail import DetailView, FixView, ItemExceptionView, OrderExceptionView, WouldSendView
from exceptions.views.listing import RecordListView
from exceptions.views.next import TakeNextView
from exceptions.views.notes import AttachmentView, NoteView, PeopleView, StepView
from exceptions.views.owners import OwnersView, OwnerView, RolesView
from exceptions.views.practice import PracticeAwayView, PracticeOrderView, PracticeView
from exceptions.views.proof import ProofView
from exceptions.views.run_starts import RunPlanView, RunRetryView, RunStartView
from exceptions.views.runbook_pages import RunbooksView, RunbookView
from exceptions.views.runs import RunActView, RunsView, RunView
from exceptions.views.sorting import MergeView, SplitOffView, SplitView
from exceptions.views.triage import LookedView, PeekView, SavedViewsView, SavedViewView
from exceptions.views.wishes import ShortcutsView

app_name = "exceptions"
urlpatterns = [
    path("", RecordListView.as_view(), name="list"),
    path("take-next/", TakeNextView.as_view(), name="take-next"),
    path("bulk/<slug:name>/", BulkView.as_view(), name="bulk"),
    path("practice/", PracticeView.as_view(), name="practice"),
    path("practice/order/", PracticeOrderView.as_view(), name="practice-order"),
    path("practice/put-away/", PracticeAwayView.as_view(), name="practice-away"),
    path("looked/", LookedView.as_view(), name="looked"),
    path("views/", SavedViewsView.as_view(), name="views"),
    path("views/<int:pk>/", SavedViewView.as_view(), name="view"),
    path("runs/", RunsView.as_view(), name="runs"),
    path("runs/plan/", RunPlanView.as_view(), name="run-plan"),
    path("runs/start/", RunStartView.as_view(), name="run-start"),
    path("runs/<int:pk>/", RunView.as_view(), name="run"),
    path("runs/<int:pk>/retry/", RunRetryView.as_view(), name="run-retry"),
    path("runs/<int:pk>/pause/", RunActView.as_view(), {"act": "pause"}, name="run-pause"),
    path("runs/<int:pk>/go-on/", RunActView.as_view(), {"act": "go-on"}, name="run-go-on"),
    path("runs/<int:pk>/cancel/", RunActView.as_view(), {"act": "cancel"}, name="run-cancel"),
    path("causes/<int:pk>/", CausePageView.as_view(), name="cause"),
    path("causes/<int:pk>/merge/", MergeView.as_view(), name="cause-merge"),
    path("causes/<int:pk>/split/", SplitView.as_view(), name="cause-split"),
    path("causes/<int:pk>/split-off/", SplitOffView.as_view(), name="cause-split-off"),
    path("owners/", OwnersView.as_view(), name="owners"),
    path("owners/<slug:slug>/", OwnerView.as_view(), name="owner"),
    path("shortcuts/", ShortcutsView.as_view(), name="shortcuts"),
    path("roles/", RolesView.as_view(), name="roles"),
    path("people/", PeopleView.as_view(), name="people"),
    path("files/<int:pk>/", AttachmentView.as_view(), name="file"),
    path("runbooks/", RunbooksView.as_view(), name="runbooks"),
    path("runbooks/<slug:slug>/", RunbookView.as_view(), name="runbook"),
    path("for-order/<slug:connection>/<path:order_id>/", OrderExceptionView.as_view(), name="for-order"),
    path("for-item/<int:pk>/", ItemExceptionView.as_view(), name="for-item"),
    path("<int:pk>/", DetailView.as_view(), name="detail"),
    path("<int:pk>/peek/", PeekView.as_view(), name="peek"),
    path("<int:pk>/fix/", FixView.as_view(), name="fix"),
    path("<int:pk>/would-send/", WouldSendView.as_view(), name="would-send"),
    path("<int:pk>/take-back/<int:correction>/", actions.TakeBackView.as_view(), name="take-back"),
    path("<int:pk>/take/", actions.TakeView.as_view(), name="take"),
    path("<int:pk>/hand-back/", actions.HandBackView.as_view(), name="hand-back"),
    path("<int:pk>/assign/", actions.AssignView.as_view(), name="assign"),
    path("<int:pk>/queue/", actions.QueueView.as_view(), name="queue"),
    path("<int:pk>/wait/", actions.WaitView.as_view(), name="wait"),
    path("<int:pk>/snooze/", actions.SnoozeView.as_view(), name="snooze"),
    path("<int:pk>/dismiss/", actions.DismissView.as_view(), name="dismiss"),
    path("<int:pk>/note/", NoteView.as_view(), name="note"),
    path("<int:pk>/step/", StepView.as_view(), name="step"),
    path("<int:pk>/proof/", ProofView.as_view(), name="proof"),
    path("<int:pk>/reveal/", actions.RevealView.as_view(), name="reveal"),
    path("<int:pk>/send-back/", actions.SendBackView.as_view(), name="send-back"),
]
