"""Form files for the tests of the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

BRAND_FORM = {
    "companyInfo.companyName": "Example Corp",
    "companyInfo.taxIdIssuingCountry": "US",
    "companyInfo.taxId": "123456789",
    "companyInfo.legalType": "PRIVATE_PROFIT",
    "companyInfo.address": "410 Terry Avenue North",
    "companyInfo.city": "Seattle",
    "companyInfo.state": "WA",
    "companyInfo.zipCode": "98109",
    "companyInfo.isoCountryCode": "US",
    "contactInfo.dbaName": "Example",
    "contactInfo.vertical": "RETAIL",
    "contactInfo.website": "https://www.example.com",
    "contactInfo.supportEmail": "sms-support@example.com",
    "contactInfo.supportPhoneNumber": "+12065550142",
}


def write_form(path: Path, registration_type: str, fields: dict[str, Any]) -> Path:
    """A form file in JSON's part of YAML, one field a line, below the comment with its type."""
    lines = [f"# registration-type: {registration_type}"]
    lines += [f"{name}: {json.dumps(value)}" for name, value in fields.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
