"""What a mesh or search itself is told to keep its words in OpenSearch, if a test is to use one."""

import os
from uuid import uuid4


def told() -> dict[str, str]:
    """Settings of search, under index names of its own; none without `OPENSEARCH_URL`."""
    url = os.environ.get("OPENSEARCH_URL", "")
    if not url:
        return {}
    return {
        "text_index": "opensearch",
        "opensearch_url": url,
        "index_prefix": f"test-{uuid4().hex}",
    }
