"""Commands to the server of a running cloud."""

from __future__ import annotations

import json
import ssl
import urllib.request
from typing import Any

from local_cloud.certificates import Certificates


class Controlled:
    """The part of `LocalCloud` that the parts with commands of their own are based on."""

    endpoint_url: str
    certificates: Certificates

    def _control(self, command: str, *, timeout: float = 30, **parameters: Any) -> Any:
        request = urllib.request.Request(  # noqa: S310 (the URL is the local cloud's)
            f"{self.endpoint_url}/_local_cloud/control/{command}", json.dumps(parameters).encode(), method="POST"
        )
        context = ssl.create_default_context(cafile=str(self.certificates.authority))
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        with opener.open(request, timeout=timeout) as response:
            return json.load(response)
