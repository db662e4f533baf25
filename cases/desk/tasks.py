"""What a person has to do by hand, by a day."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.casework import audit
from cases.casework.course.disputes import STATEMENT
from cases.casework.members.named import seen_by
from cases.casework.permissions import Permission, operators_for, require
from cases.casework.record.anchoring import MISSING
from cases.casework.workflow import AUTHORITY, BREACH, CHILD, SECOND_PERSON, Refusal, lock, wake
from cases.desk.scope import DeskRequest, attempt, permissions_of, staff
from cases.execution.erasure import over_retained
from cases.execution.objections import probing
from cases.execution.objections.stoplist import UNDONE
from cases.models import Case, Task, User
from cases.orders.court_orders import NOTICE_TASK

# What is finished where it is decided, and the refusal that says so.
ELSEWHERE = {
    AUTHORITY: "authority-first",
    BREACH: "breach-first",
    CHILD: "child-first",
    NOTICE_TASK: "notice-first",
    STATEMENT: "statement-first",
    SECOND_PERSON: "second-person-first",
}


def visible_tasks(user: User) -> QuerySet[Task]:
    """The tasks of the user's operators; those of an order, which name its court case, only for who may see it."""
    return Task.objects.filter(
        Q(order=None) | Q(operator__in=operators_for(user, Permission.SEE_ORDERS)),
        Q(case=None) | seen_by(user, "case__"),
        operator__in=operators_for(user, Permission.SEE_CASES),
    ).select_related("operator", "case", "order", "done_by")


def open_tasks(user: User, case: Case) -> QuerySet[Task]:
    return visible_tasks(user).filter(case=case, done_at=None)


@staff
def tasks(request: DeskRequest) -> HttpResponseBase:
    every = visible_tasks(request.user)
    context = {
        "open": [(task, _may(request.user, task)) for task in every.filter(done_at=None)],
        "done": every.exclude(done_at=None).order_by("-done_at", "-pk")[:20],
        "today": timezone.localdate(),
        "kept_too_long": over_retained.tasks_for(request.user),
    }
    return render(request, "desk/tasks.html", context)


@require_POST
@staff
def done(request: DeskRequest, pk: int) -> HttpResponseBase:
    task = get_object_or_404(visible_tasks(request.user), pk=pk)
    attempt(request, lambda: _finish(task, by=request.user))
    return redirect("desk:tasks")


@require_POST
@staff
def again(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Put an objection into force again at the source that forgot it."""
    task = get_object_or_404(visible_tasks(request.user), pk=pk, kind=UNDONE)
    attempt(request, lambda: _again(task, by=request.user))
    return redirect("desk:tasks")


def _again(task: Task, *, by: User) -> str:
    probing.put_into_force_again(task, by=by)
    return _("The objection is in force again; the source was asked.")


def _may(user: User, task: Task) -> bool:
    """Whether this member can do the task: what leads to a closed door is shown without its buttons."""
    return _permission(task) in permissions_of(user, task.operator_id)


def _permission(task: Task) -> Permission:
    if task.kind == MISSING:
        return Permission.SEE_AUDIT
    return Permission.REGISTER_ORDERS if task.order else Permission.WORK_CASES


@transaction.atomic
def _finish(task: Task, *, by: User) -> str:
    case = lock(task.case_id) if task.case_id else None
    task = (
        Task.objects.select_for_update(of=("self",))
        .select_related("operator", "case", "order")
        .get(pk=task.pk)
    )
    require(by, task.operator, _permission(task))
    if task.done_at:
        raise Refusal("already-decided")
    # To tick this one off would leave the case waiting, and nobody's name beside what was checked.
    if task.kind in ELSEWHERE:
        raise Refusal(ELSEWHERE[task.kind])
    task.done_at, task.done_by = timezone.now(), by
    task.save(update_fields=["done_at", "done_by"])
    audit.record(task.case or task.operator, "task.done", by=by, task=task.pk, kind=task.kind)
    if case:
        wake(case)
    return _("Done.")
