"""A fake of AWS End User Messaging SMS registrations: a moto backend for `pinpoint-sms-voice-v2`.

It works wherever moto works, with real boto3 clients and the service's own errors:

    import boto3
    import moto_sms_voice
    from moto import mock_aws

    moto_sms_voice.register()

    @mock_aws
    def test_denial_is_reported():
        client = boto3.client("pinpoint-sms-voice-v2", region_name="us-east-1")
        fake = moto_sms_voice.backend(region="us-east-1")
        registration = client.create_registration(RegistrationType="US_TEN_DLC_BRAND_REGISTRATION")
        ...
        fake.review.deny(registration["RegistrationId"], fields={"companyInfo.taxId": "Does not match"})

`backend()` returns what a test needs besides the API: `calls` and `writes`, `inject()` for failures, `configure()` for slow,
busy or unknown behavior (`ServiceBehavior`), `review` to act as the reviewers, and `definitions` to change forms.

`python -m moto_sms_voice` serves the same fake over HTTP.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import version

from .behavior import ServiceBehavior
from .journal import Call
from .review import ReviewError

try:
    from moto import backend_index
    from moto.core.models import DEFAULT_ACCOUNT_ID

    from . import models, urls
    from .models import SmsVoiceBackend
except ImportError as error:
    raise ImportError(
        f"moto_sms_voice uses moto's internals and needs moto>=5.2.5,<6; moto {version('moto')} lacks: {error}"
    ) from error

__all__ = ["Call", "ReviewError", "ServiceBehavior", "SmsVoiceBackend", "backend", "register"]

_NAME = "pinpointsmsvoicev2"


def register() -> None:
    """Add the service to moto. Call it before `mock_aws()` or a moto server starts; repeated calls have no effect."""
    sys.modules[f"moto.{_NAME}"] = models
    known = {pattern.pattern for _, pattern in backend_index.backend_url_patterns}
    for base in urls.url_bases:
        if base not in known:
            backend_index.backend_url_patterns.append((_NAME, re.compile(base)))


def backend(*, account_id: str = DEFAULT_ACCOUNT_ID, region: str = "us-east-1") -> SmsVoiceBackend:
    """Return the fake service of an account in a Region.

    moto resets its state when `mock_aws()` starts and ends, so call this in each test.

    Args:
        account_id: The account. Omitted: moto's default account, which callers without special credentials have.
        region: The Region. Omitted: us-east-1.
    """
    return models.pinpointsmsvoicev2_backends[account_id][region]
