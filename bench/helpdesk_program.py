"""django-helpdesk creating tickets through its public form. Runs in a virtual environment of its own, without ours.

`python -P helpdesk_program.py FOLDER {defaults,favoured} < lines`. The first line is JSON, a list of [title,
body, email]; each later line asks for one more run over all of them, which answers with its seconds. `defaults` is
Django as it comes: a rollback journal, each statement a transaction of its own. `favoured` has WAL, synchronous=FULL
and one transaction a ticket. Both compose the customer's mail, as it comes, and give it to Django's dummy transport.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.urls import include, path

# Filled when Django is set up, as what it includes needs the settings.
urlpatterns: list[Any] = []

_FAVOURED = {
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON",
}


def configure(database: Path, options: dict[str, str]) -> None:
    """The settings that django-helpdesk's installation guide asks for."""
    settings.configure(
        SECRET_KEY="bench",
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.sites",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            "django.contrib.admin",
            "django.contrib.humanize",
            "rest_framework",
            "helpdesk",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
            }
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database, "OPTIONS": options}},
        SITE_ID=1,
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        HELPDESK_TEAMS_MODE_ENABLED=False,
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    )
    django.setup()
    urlpatterns.append(path("", include("helpdesk.urls", namespace="helpdesk")))


def main() -> None:
    folder, mode = Path(sys.argv[1]), sys.argv[2]
    configure(folder / f"helpdesk-{mode}.db", {} if mode == "defaults" else _FAVOURED)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from django.db import connection, transaction
    from helpdesk.forms import PublicTicketForm
    from helpdesk.models import FollowUp, Queue, Ticket

    queue = Queue.objects.create(title="Support", slug="support", allow_public_submission=True)
    wanted: list[list[str]] = json.loads(sys.stdin.readline())

    def create(title: str, body: str, email: str) -> None:
        data: dict[str, Any] = {
            "queue": str(queue.id),
            "title": title,
            "body": body,
            "priority": "3",
            "submitter_email": email,
        }
        form = PublicTicketForm(data=data)
        if not form.is_valid():
            raise RuntimeError(form.errors.as_json())
        form.save(user=None)

    with connection.cursor() as cursor:
        journal = cursor.execute("PRAGMA journal_mode").fetchone()[0]
        synchronous = cursor.execute("PRAGMA synchronous").fetchone()[0]
    print(json.dumps({"django": django.__version__, "journal": journal, "synchronous": synchronous}), flush=True)
    for _ in sys.stdin:
        before = Ticket.objects.count(), FollowUp.objects.count()
        begun = time.perf_counter()
        for one in wanted:
            if mode == "defaults":
                create(*one)
            else:
                with transaction.atomic():
                    create(*one)
        seconds = time.perf_counter() - begun
        made = Ticket.objects.count() - before[0], FollowUp.objects.count() - before[1]
        if made != (len(wanted), len(wanted)):
            raise RuntimeError(f"{made} of {len(wanted)} tickets and follow-ups")
        print(json.dumps({"seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
