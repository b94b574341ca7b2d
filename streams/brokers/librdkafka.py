"""librdkafka's mock cluster by ctypes: the library in confluent-kafka's wheel exports its whole control API.

Source: the public header rdkafka_mock.h of librdkafka 2.16.
"""

import ctypes
import importlib.util
from ctypes import POINTER, c_char_p, c_int, c_int16, c_int32, c_int64, c_size_t, c_void_p
from functools import cache
from pathlib import Path
from typing import Any, Final

from tokentide.schemas.errors import UserError

_CLUSTER: Final = c_void_p
# name -> (result, arguments after the cluster)
_MOCK: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {
    "cluster_destroy": (None, ()),
    "cluster_bootstraps": (c_char_p, ()),
    "topic_create": (c_int, (c_char_p, c_int, c_int)),
    "topic_delete": (c_int, (c_char_p,)),
    "topic_set_error": (None, (c_char_p, c_int)),
    "partition_set_leader": (c_int, (c_char_p, c_int32, c_int32)),
    "partition_delete_records": (c_int, (c_char_p, c_int32, c_int64)),
    "coordinator_set": (c_int, (c_char_p, c_char_p, c_int32)),
    "broker_set_down": (c_int, (c_int32,)),
    "broker_set_up": (c_int, (c_int32,)),
    "broker_set_rtt": (c_int, (c_int32, c_int)),
    "push_request_errors_array": (None, (c_int16, c_size_t, POINTER(c_int))),
    "clear_request_errors": (None, (c_int16,)),
    "group_initial_rebalance_delay_ms": (None, (c_int32,)),
    "start_request_tracking": (None, ()),
    "stop_request_tracking": (None, ()),
    "clear_requests": (None, ()),
    "get_requests": (POINTER(c_void_p), (POINTER(c_size_t),)),
}


@cache
def load() -> Any:
    """Load the library and declare what we call.

    Raises:
        UserError: confluent-kafka is not installed, or its wheel carries no library of its own.
    """
    library = ctypes.CDLL(str(_path()))
    for name, (result, arguments) in _MOCK.items():
        _declare(library, f"rd_kafka_mock_{name}", result, _CLUSTER, *arguments)
    _declare(library, "rd_kafka_conf_new", c_void_p)
    _declare(library, "rd_kafka_conf_set", c_int, c_void_p, c_char_p, c_char_p, c_char_p, c_size_t)
    _declare(library, "rd_kafka_new", c_void_p, c_int, c_void_p, c_char_p, c_size_t)
    _declare(library, "rd_kafka_destroy", None, c_void_p)
    _declare(library, "rd_kafka_err2str", c_char_p, c_int)
    _declare(library, "rd_kafka_mock_cluster_new", c_void_p, c_void_p, c_int)
    _declare(library, "rd_kafka_mock_request_api_key", c_int16, c_void_p)
    _declare(library, "rd_kafka_mock_request_destroy_array", None, POINTER(c_void_p), c_size_t)
    return library


def _declare(library: Any, name: str, result: Any, *arguments: Any) -> None:
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments


def _path() -> Path:
    spec = importlib.util.find_spec("confluent_kafka")
    if spec is None or spec.origin is None:
        raise UserError("The embedded broker needs confluent-kafka: pip install 'tokentide[embedded]'.")
    package = Path(spec.origin).parent
    places = [
        (package.with_name("confluent_kafka.libs"), "librdkafka-*.so*"),
        (package / ".dylibs", "librdkafka*"),
    ]
    for folder, pattern in places:
        if found := sorted(folder.glob(pattern)):
            return found[0]
    raise UserError("The embedded broker needs the librdkafka of confluent-kafka's wheel, which this build lacks.")
