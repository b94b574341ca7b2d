"""What people read: the metric registry, the queries it stands for, and their answers as text."""

from tokentide.reports.answer import Result, run
from tokentide.reports.metric import Metric
from tokentide.reports.registry import METRICS, describe
from tokentide.reports.request import Request
from tokentide.reports.tables import FORMATS, render

__all__ = ["FORMATS", "METRICS", "Metric", "Request", "Result", "describe", "render", "run"]
