"""How bodies are written whose media types schemathesis does not know: as they come, in UTF-8."""

import schemathesis


@schemathesis.serializer("application/x-ndjson", "application/toml")
def as_text(ctx, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
