"""The outbox to the platforms: every effect once, in order within its conversation, whatever fails meanwhile."""

from jobs.delivery.dispatch import Delivery, DeliveryHealth
from jobs.delivery.settings import Counters, DeliverySettings

__all__ = ["Counters", "Delivery", "DeliveryHealth", "DeliverySettings"]
