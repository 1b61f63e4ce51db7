"""Figures for Prometheus, collected when they are asked for; docs/configuration.md lists them."""

from collections.abc import Iterator
from datetime import UTC, datetime

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.engine import Connection

from core.desk.desk import Desk
from core.store import outbox, queries, receipts
from core.store.engine import DatabaseDown
from jobs.delivery import Delivery
from jobs.suggesting import Suggesting

log = structlog.get_logger(__name__)


class _Process(Collector):
    """What this process has done, and how it is."""

    def __init__(self, desk: Desk, delivery: Delivery, suggesting: Suggesting) -> None:
        self._desk = desk
        self._delivery = delivery
        self._suggesting = suggesting

    def collect(self) -> Iterator[Metric]:
        events = CounterMetricFamily("deskhand_events", "Events since the start", labels=["kind", "outcome"])
        for (kind, outcome), count in self._desk.counts.copy().items():
            events.add_metric([kind, outcome], count)
        yield events
        sent = CounterMetricFamily(
            "deskhand_effects",
            "Outcomes of effects since the start",
            labels=["connection", "kind", "outcome"],
        )
        for (connection, kind, outcome), count in self._delivery.counters.outcomes.copy().items():
            sent.add_metric([connection, kind, outcome], count)
        yield sent
        health = self._delivery.health()
        paused = GaugeMetricFamily(
            "deskhand_connection_paused", "1 for a connection whose credentials are refused", labels=["connection"]
        )
        for connection in health.paused:
            paused.add_metric([connection], 1)
        yield paused
        asked = CounterMetricFamily("deskhand_model", "What came of asking the language model", labels=["outcome"])
        for outcome, count in self._suggesting.outcomes.copy().items():
            asked.add_metric([outcome], count)
        yield asked
        yield GaugeMetricFamily(
            "deskhand_model_breaker_open",
            "1 while the model is not asked because it failed again and again",
            value=float(self._suggesting.breaker.is_open),
        )
        healthy = float(self._desk.store.healthy)
        yield GaugeMetricFamily("deskhand_database_ok", "1 while the database works", value=healthy)


class _Stored(Collector):
    """What stands in the database. Costs as much as is open or waits; while the database is down there is nothing."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def collect(self) -> Iterator[Metric]:
        try:
            yield from self._desk.store.read_now(_standing)
        except DatabaseDown as error:
            log.warning("figures_missing", error=str(error))


def _standing(connection: Connection) -> list[Metric]:
    counts = outbox.counts(connection, datetime.now(UTC))
    waiting = GaugeMetricFamily("deskhand_outbox", "Effects that are not settled, and those given up", labels=["state"])
    for state in ("pending", "sending", "unknown", "dead"):
        waiting.add_metric([state], getattr(counts, state))
    late = GaugeMetricFamily(
        "deskhand_outbox_late_seconds", "How long the effect that is due longest has been due", value=counts.oldest_due
    )
    stored, quarantined = receipts.counts_aside(connection)
    aside = GaugeMetricFamily("deskhand_events_aside", "Events that were set aside", labels=["state"])
    aside.add_metric(["stored"], stored)
    aside.add_metric(["quarantined"], quarantined)
    tickets = GaugeMetricFamily("deskhand_tickets_open", "Tickets that are not solved", labels=["status"])
    for status, count in queries.open_counts(connection).items():
        tickets.add_metric([status], count)
    return [waiting, late, aside, tickets]


def registry(desk: Desk, delivery: Delivery, suggesting: Suggesting) -> CollectorRegistry:
    """Collect in a thread: the database is asked."""
    found = CollectorRegistry(auto_describe=False)
    found.register(_Process(desk, delivery, suggesting))
    found.register(_Stored(desk))
    return found
