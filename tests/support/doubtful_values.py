"""What mutations put in place of something good: edges of every type, and JSON that is none."""

NUMBERS = [
    b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b"1e-999", b"5.0", b"5e0", b"-0", b"-0.0", b"-1", b"0",
    b"01", b"1.", b".5", b"+1", b"0x10", b"1_000", b"2147483647", b"2147483648", b"9223372036854775807",
    b"9223372036854775808", b"18446744073709551616", b"1" * 400, b"1" * 5000, b"0." + b"0" * 400 + b"1",
    b"0.1234567891", b"1000000", b"1000000.1", b"1000000.0000000001", b"1e6", b"1e-10", b"0.0001", b"0.00009",
    b"9.9999999999999999e-5", b"1767225599999", b"-5", b"7258118399999", b"7258118400000", b"255", b"256", b"65535",
    b"65536", b"99", b"100", b"599", b"600",
]  # fmt: skip
"""Numbers beside bounds, in any spelling, and some that JSON does not know."""

TEXTS = [
    b'""', b'"5"', b'"a"', b'"\\u0000"', b'"\\ud800"', b'"\\ud83d\\ude00"', b'"\\u00e9"', b'"\xc3\xa9"', b'"\xff"',
    b'"\xed\xa0\x80"', b'"a\\/b"', b'"a b"', b'"a\\nb"', b'"\n"', b'"?q=1"', b'"' + b"x" * 64 + b'"',
    b'"' + b"x" * 65 + b'"', b'"' + b"x" * 128 + b'"', b'"' + b"x" * 129 + b'"', b'"0.1"', b'"0.1234567890"',
    b'"1e3"', b'"-1"', b'"1000000.000000001"', b'"0123456789abcdef0123456789ABCDEF"', b'"0123456789abcdef"', b'"DE"',
    b'"de"', b'"stop"', b'"ok"',
]  # fmt: skip

TIMES = [
    b'"2025-12-31T23:59:59Z"', b'"2025-02-30T00:00:00Z"', b'"2025-12-31T23:59:59.1234567Z"',
    b'"2025-12-31T23:59:59+14:00"', b'"2025-12-31T23:59:59"', b'"2025-12-31 23:59:59Z"', b'"2025-12-31T23:59:60Z"',
    b'"0000-01-01T00:00:00Z"', b'"2025-12-31T24:00:00Z"', b'"9999-12-31T23:59:59-23:59"', b'"1969-12-31T23:59:59Z"',
    b'"2025-12-31T23:59:59+24:00"', b'"1970-01-01T00:00:00Z"', b'"2199-12-31T23:59:59.999999Z"',
]  # fmt: skip

LABELS = [
    b'[{"path":"/News","confidence":1}]',
    b'[{"path":"/News/Other","confidence":0.5},{"path":"/Sports/x","confidence":0}]',
    b'[{"path":"/News","path":"/News","confidence":1}]', b'[{"path":"/News","confidence":1,"more":"x"}]',
    b'[{"path":"/Nope","confidence":1}]', b'[{"path":"/News","confidence":1.1}]',
    b'[{"path":null,"confidence":1}]', b'[{"path":"/News"}]', b'[{"confidence":1,"path":"/News"},null]',
    b'[{"path":"/News","confidence":"1"}]',
    b"[" + b",".join([b'{"path":"/News","confidence":1}'] * 17) + b"]",
    b"[" + b",".join([b'{"path":"/News","confidence":1}'] * 16) + b"]",
]  # fmt: skip

CONTAINERS = [b"{}", b"[]", b"[null]", b"[1]", b"[[]]", b"[{}]", b'{"a":{"a":1,"a":2}}']

TOKENS = [b"null", b"true", b"false", *NUMBERS, *TEXTS, *TIMES, *LABELS, *CONTAINERS]
"""Values of every kind."""

JUNK = [
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\n", b"\r\n", b"\t", b" ", b"\x00", b"\xff", b"\xef\xbb\xbf",
    b"//", b"1", b"-", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\xe2\x80\xa8",
]  # fmt: skip
"""Bytes to be put anywhere: marks of JSON, breaks, what is no UTF-8 (overlong, beyond the last plane)."""

NAMES = [
    b"input_tokens", b"output_tokens", b"tokens_prompt", b"tokens_completion", b"native_tokens_prompt",
    b"tokens_cached", b"tokens_reasoning", b"native_tokens_completion", b"unknown", b"", b"mod\\u0065l",
    b"\\u0065vent_id", b"Model", b"model ", b"labels", b"cost_usd", b"event_time", b"sample_rate", b"attempt",
    b"schema_version", b"account_hash", b"stream", b"latency_ms", b"http_status", b"tool_calls", b"tenant",
    b"billing_country", b"language", b"prompt_tokens", b"total_tokens",
]  # fmt: skip
"""Names of members: known ones, aliases, ones that only look known."""

ALPHABETS = [
    (0x00, 0x1F), (0x20, 0x7E), (0x7F, 0xFF), (0x100, 0x24F), (0x300, 0x36F), (0x400, 0x4FF), (0x5D0, 0x5EA),
    (0x200B, 0x202E), (0x2028, 0x2029), (0x4E00, 0x9FFF), (0xD800, 0xDFFF), (0xE000, 0xF8FF), (0xFE00, 0xFE0F),
    (0xFF01, 0xFF5E), (0xFFFE, 0xFFFF), (0x1F300, 0x1FAFF), (0x20000, 0x2A6DF), (0x30000, 0x3134A),
    (0xE0001, 0xE007F), (0xF0000, 0xFFFFD), (0x100000, 0x10FFFF),
]  # fmt: skip
"""First and last character of ranges in every plane: controls, letters, marks, surrogates, private use."""

NUMERIC = [
    b"prompt_tokens", b"completion_tokens", b"reasoning_tokens", b"cached_tokens", b"cache_write_tokens",
    b"total_tokens", b"native_prompt_tokens", b"native_completion_tokens", b"tools_offered", b"tool_calls",
    b"http_status", b"latency_ms", b"ttft_ms", b"cost_usd", b"sample_rate", b"attempt", b"event_time", b"more",
]  # fmt: skip
TEXTUAL = [
    b"event_id", b"request_id", b"session_hash", b"gateway", b"operation", b"provider", b"model", b"requested_model",
    b"variant", b"app", b"tenant", b"account_hash", b"account_key_id", b"billing_country", b"language",
    b"classifier_version", b"status", b"cost_usd", b"event_time", b"more", b"unknown",
]  # fmt: skip
