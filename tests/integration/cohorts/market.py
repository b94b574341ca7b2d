"""Small markets of raw events, and what the account metrics must say of them, event by event."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import strategies as st

FIRST = date(2025, 1, 20)
DAYS = 170
NAMES = ("a/one", "a/two", "b/three")


@dataclass(frozen=True)
class Use:
    """One event of an account."""

    day: date
    account: int
    model: str
    tokens: int
    tools: bool
    category: str
    key: str = "k1"
    app: str = ""

    @property
    def who(self):
        return self.key, self.account


uses = st.builds(
    Use,
    day=st.integers(0, DAYS).map(lambda n: FIRST + timedelta(days=n)),
    account=st.integers(0, 11),
    model=st.sampled_from(NAMES),
    tokens=st.integers(0, 5_000),
    tools=st.booleans(),
    category=st.sampled_from(["", "", "programming", "roleplay", "unclassified"]),
    app=st.sampled_from(["", "x", "y"]),
)
markets = st.lists(uses, min_size=1, max_size=120)


def account_rows(events):
    """Rows of the account table; received the next day, so that every day is over."""
    return [
        {
            "received_day": use.day + timedelta(days=1), "day": use.day, "gateway": "g", "tenant": "",
            "account_key_id": use.key, "account_hash": f"{use.account:032x}", "model": use.model, "variant": "",
            "category": use.category, "app": use.app, "attempts": 1, "requests": 1, "tokens": use.tokens,
            "cost_nano": 0, "unpriced": 1, "tool_call_tokens": use.tokens if use.tools else 0,
            "tool_call_requests": int(use.tools), "w": 10**6 if use.category else 0,
            "wt": 10**6 * use.tokens if use.category else 0, "wc": 0,
        }
        for use in events
    ]  # fmt: skip


def period(day, kind):
    """Name of the calendar period of a day: (year, month) or the Monday of its week."""
    return day.replace(day=1) if kind != "week" else day - timedelta(days=day.weekday())


def following(start, kind):
    return (start + timedelta(days=7)) if kind == "week" else (start + timedelta(days=32)).replace(day=1)


def retention(events, kind, group):
    """(group, cohort) -> [(at risk, active, strict) per offset that is over for someone]."""
    end = max(use.day for use in events) + timedelta(days=1)
    days = defaultdict(set)
    for use in events:
        days[group(use), use.who].add(use.day)
    table = defaultdict(lambda: defaultdict(lambda: [0, 0, 0]))
    for (name, _), active in days.items():
        first, unbroken, offset = min(active), True, 0
        low = first if kind == "30d" else period(first, kind)
        while (high := low + timedelta(days=30) if kind == "30d" else following(low, kind)) <= end:
            used = any(low <= day < high for day in active)
            unbroken = unbroken and used
            cell = table[name, period(first, kind)][offset]
            for i, one in enumerate((True, used, unbroken)):
                cell[i] += one
            low, offset = high, offset + 1
    return {key: {n: tuple(cell) for n, cell in cells.items()} for key, cells in table.items()}


def main_categories(events):
    """Account -> category of most classified tokens, ties to the later name; '' if none."""
    weight = defaultdict(lambda: defaultdict(int))
    for use in events:
        if use.category not in ("", "unclassified"):
            weight[use.who][use.category] += use.tokens
    found = {who: max((tokens, name) for name, tokens in named.items()) for who, named in weight.items()}
    return {who: name if tokens else "" for who, (tokens, name) in found.items()}


def pairs(events, group):
    """(group, cohort, earlier, later) -> (accounts, gained, lost) of calendar months."""
    end = max(use.day for use in events) + timedelta(days=1)
    months = defaultdict(set)
    for use in events:
        months[group(use), use.who].add(period(use.day, "month"))
    found = defaultdict(lambda: [0, 0, 0])
    for (name, _), active in months.items():
        flags, low = [], min(active)
        while (high := following(low, "month")) <= end:
            flags.append(low in active)
            low = high
        for later in range(2, len(flags)):
            for earlier in range(1, later):
                cell = found[name, min(active), earlier, later]
                cell[0] += 1
                cell[1] += flags[later] and not flags[earlier]
                cell[2] += flags[earlier] and not flags[later]
    return {key: tuple(cell) for key, cell in found.items()}


def switches(events, group):
    """(month, source, target) -> accounts, over whole months."""
    end = max(use.day for use in events) + timedelta(days=1)
    tokens = defaultdict(int)
    for use in events:
        tokens[use.who, period(use.day, "month"), group(use)] += use.tokens
    main = {}
    for (who, month, name), amount in tokens.items():
        if following(month, "month") <= end:
            main[who, month] = max(main.get((who, month), (-1, "")), (amount, name))
    found = defaultdict(int)
    for (who, month), (_, source) in main.items():
        later = following(month, "month")
        if following(later, "month") <= end:
            found[month, source, main.get((who, later), (0, ""))[1]] += 1
    return dict(found)
