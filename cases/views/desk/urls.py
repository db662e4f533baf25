"""Mounted at /desk/."""

from django.urls import path

from cases.views.desk import (
    audit, case, collecting, course, decisions, members, orders, person, queue, registers, rows, sources, tasks,
)  # fmt: skip

app_name = "desk"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("find/", queue.find, name="find"),
    path("cases/<str:reference>/", case.case_page, name="case"),
    path("cases/<str:reference>/progress/", case.progress_part, name="progress"),
    path("cases/<str:reference>/assign/", course.assign, name="assign"),
    path("cases/<str:reference>/prove/", person.prove, name="prove"),
    path("cases/<str:reference>/claims/<int:pk>/confirm/", person.confirm, name="claim-confirm"),
    path("cases/<str:reference>/claims/<int:pk>/reject/", person.reject, name="claim-reject"),
    path("cases/<str:reference>/reveal/<slug:which>/<int:pk>/", person.reveal, name="reveal"),
    path("cases/<str:reference>/runs/<int:pk>/", rows.rows, name="rows"),
    path("cases/<str:reference>/runs/<int:pk>/retry/", collecting.retry, name="run-retry"),
    path("cases/<str:reference>/runs/<int:pk>/pause/", collecting.pause, name="run-pause"),
    path("cases/<str:reference>/runs/<int:pk>/resume/", collecting.resume, name="run-resume"),
    path("cases/<str:reference>/decisions/accept/", decisions.accept_all, name="accept-all"),
    path("cases/<str:reference>/decisions/<int:pk>/accept/", decisions.accept, name="accept"),
    path("cases/<str:reference>/decisions/<int:pk>/change/", decisions.change, name="change"),
    path("cases/<str:reference>/clock/extend/", course.extend, name="clock-extend"),
    path("cases/<str:reference>/clock/pause/", course.pause, name="clock-pause"),
    path("cases/<str:reference>/clock/resume/", course.resume, name="clock-resume"),
    path("cases/<str:reference>/refuse/", course.refuse, name="refuse"),
    path("cases/<str:reference>/withdraw/", course.withdraw, name="withdraw"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/<int:pk>/done/", tasks.done, name="task-done"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<int:pk>/end/", orders.end_order, name="order-end"),
    path("orders/<slug:operator>/new/", orders.register_order, name="order-new"),
    path("registers/", registers.registers, name="registers"),
    path("registers/<slug:operator>/", registers.register, name="register"),
    path("registers/<slug:operator>/<slug:sha256>/", registers.register, name="register-version"),
    path("sources/", sources.sources, name="sources"),
    path("sources/<slug:operator>/<slug:key>/", sources.source, name="source"),
    path("sources/<slug:operator>/<slug:key>/test/", sources.test, name="source-test"),
    path("audit/", audit.audit_log, name="audit"),
    path("members/", members.members, name="members"),
    path("members/<slug:operator>/", members.operator_members, name="operator-members"),
    path("members/<slug:operator>/<int:pk>/remove/", members.remove, name="member-remove"),
]
