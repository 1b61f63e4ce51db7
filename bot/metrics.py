"""Figures for Prometheus, collected when they are asked for."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core.store.engine import Store
from jobs.delivery import Delivery


class _Desk(Collector):
    def __init__(self, store: Store, delivery: Delivery) -> None:
        self._store = store
        self._delivery = delivery

    def collect(self) -> Iterator[Metric]:
        sent = CounterMetricFamily(
            "deskhand_effects",
            "Outcomes of effects since the start",
            labels=["connection", "kind", "outcome"],
        )
        for (connection, kind, outcome), count in self._delivery.counters.outcomes.items():
            sent.add_metric([connection, kind, outcome], count)
        yield sent
        health = self._delivery.health()
        paused = GaugeMetricFamily(
            "deskhand_connection_paused", "1 for a connection whose credentials are refused", labels=["connection"]
        )
        for connection in health.paused:
            paused.add_metric([connection], 1)
        yield paused
        yield GaugeMetricFamily("deskhand_database_ok", "1 while the database works", value=float(self._store.healthy))


def registry(store: Store, delivery: Delivery) -> CollectorRegistry:
    found = CollectorRegistry()
    found.register(_Desk(store, delivery))
    return found
