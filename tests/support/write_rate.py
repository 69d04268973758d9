"""Lets the provider function of a synthesized app write faster than the service's pace of one request per second."""

import re
import zipfile
from pathlib import Path

_MODULE = "sms_registration_handler/aws/sms_voice.py"
_INTERVAL = re.compile(r"^_DEFAULT_INTERVAL_SECONDS ?= ?1\.015$", re.MULTILINE)  # the asset has fewer spaces


def raise_write_rate(assembly: Path, requests_per_second: float) -> None:
    """Patch the function in each archive of a cloud assembly.

    Args:
        assembly: The folder of the synthesized app.
        requests_per_second: What the fake service of the test accepts for each operation.
    """
    for archive in assembly.glob("asset.*.zip"):
        with zipfile.ZipFile(archive) as file:
            content = {name: file.read(name) for name in file.namelist()}
        text = content[_MODULE].decode()
        text, count = _INTERVAL.subn(f"_DEFAULT_INTERVAL_SECONDS = {1 / requests_per_second}", text)
        assert count == 1
        content[_MODULE] = text.encode()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            for name, data in content.items():
                file.writestr(name, data)
