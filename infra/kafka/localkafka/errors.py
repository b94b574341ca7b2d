"""What can stop a local Kafka from running, each told in one sentence."""


class KafkaUnavailableError(Exception):
    """Kafka cannot run here; the message is one sentence that names what is missing."""


class ToolMissingError(KafkaUnavailableError):
    """Java (17 or newer) or Maven is not installed: the one case in which a test may be skipped."""
