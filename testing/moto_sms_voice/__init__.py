"""AWS End User Messaging SMS registrations, faked: a moto backend for `pinpoint-sms-voice-v2`.

Works wherever moto works, with real boto3 clients and the service's own errors:

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

`backend()` gives what a test needs besides the API: `calls` and `writes`, `inject()` for failures, `configure()` for slow,
busy or unknown behavior (`ServiceBehavior`), `review` for the people on the other side, and `definitions` for forms that
change.

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
        f"moto_sms_voice builds on moto's internals and needs moto>=5.2.5,<6; moto {version('moto')} lacks: {error}"
    ) from error

__all__ = ["Call", "ReviewError", "ServiceBehavior", "SmsVoiceBackend", "backend", "register"]

_NAME = "pinpointsmsvoicev2"


def register() -> None:
    """Add the service to moto. Call it before `mock_aws()` starts or a moto server is made; calling it again does nothing."""
    sys.modules[f"moto.{_NAME}"] = models
    known = {pattern.pattern for _, pattern in backend_index.backend_url_patterns}
    for base in urls.url_bases:
        if base not in known:
            backend_index.backend_url_patterns.append((_NAME, re.compile(base)))


def backend(*, account_id: str = DEFAULT_ACCOUNT_ID, region: str = "us-east-1") -> SmsVoiceBackend:
    """The fake service of an account in a Region.

    Inside `mock_aws()`: moto forgets everything when it starts and ends, so ask again in each test.

    Args:
        account_id: Omitted, moto's default account, which callers without special credentials have.
        region: Omitted, us-east-1.
    """
    return models.pinpointsmsvoicev2_backends[account_id][region]
