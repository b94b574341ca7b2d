"""How events come in: the producer a gateway embeds, replay of traces, sample traffic.

Imports nothing but schemas, aiokafka and pydantic: a gateway installs no Faust, no Arrow and no ClickHouse
for it.
"""

from tokentide.gateways.buffer import ProducerFullError
from tokentide.gateways.delivery import Delivery, DeliveryError, Position
from tokentide.gateways.producer import UsageProducer
from tokentide.schemas.kafka_address import KafkaAddress
from tokentide.schemas.usage_event import UsageEvent

__all__ = [
    "Delivery",
    "DeliveryError",
    "KafkaAddress",
    "Position",
    "ProducerFullError",
    "UsageEvent",
    "UsageProducer",
]
