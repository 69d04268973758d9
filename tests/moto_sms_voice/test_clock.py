"""The fake's clock, which a caller in another process can move forward."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from moto_sms_voice import remote_clock, snapshot
from moto_sms_voice.models import SmsVoiceBackend, pinpointsmsvoicev2_backends
from support.fake_help import BRAND, create

DAY = timedelta(days=1)


def place(fake, **changes):
    return {"accountId": fake.account_id, "region": fake.region_name, "seconds": DAY.total_seconds(), **changes}


def test_timestamps_and_events_are_ahead(fake, client):
    assert remote_clock.advance(place(fake)) == {"aheadSeconds": DAY.total_seconds()}
    assert remote_clock.advance(place(fake)) == {"aheadSeconds": 2 * DAY.total_seconds()}

    registration_id = create(client, BRAND)

    (registration,) = client.describe_registrations(RegistrationIds=[registration_id])["Registrations"]
    expected = datetime.now(timezone.utc) + 2 * DAY
    assert abs(registration["CreatedTimestamp"] - expected) < timedelta(minutes=1)
    changed = fake.events[-1]["detail"]["registrationDetails"]["registrationStatusChangeTimestamp"]
    assert abs(changed / 1000 - expected.timestamp()) < 60


def test_the_clock_is_part_of_the_state(fake):
    remote_clock.advance(place(fake))
    saved = snapshot.dump()
    fake.store.clock_ahead_seconds = 0

    snapshot.load(saved)

    assert pinpointsmsvoicev2_backends[fake.account_id][fake.region_name].now() > datetime.now(timezone.utc) + DAY / 2


def test_all_clocks_move_together(fake, monkeypatch):
    """Also those of accounts and Regions that are used later, and after a restart."""
    monkeypatch.setattr(SmsVoiceBackend, "initial_clock_ahead_seconds", 0.0)
    everywhere = place(fake, accountId="*", region="*")

    assert remote_clock.advance(everywhere) == {"aheadSeconds": DAY.total_seconds()}

    def is_ahead(account_id, region):
        return pinpointsmsvoicev2_backends[account_id][region].now() > datetime.now(timezone.utc) + DAY / 2

    assert is_ahead(fake.account_id, fake.region_name)
    assert is_ahead("444455556666", "eu-west-1")
    saved = snapshot.dump()
    SmsVoiceBackend.initial_clock_ahead_seconds = 0.0
    snapshot.load(saved)
    remote_clock.resume()
    assert is_ahead("777788889999", "ap-south-1")
    assert remote_clock.advance({**everywhere, "seconds": 0}) == {"aheadSeconds": DAY.total_seconds()}


@pytest.mark.parametrize("seconds", [-1, "3d", None, True])
def test_refused(fake, seconds):
    with pytest.raises(ValueError, match="seconds"):
        remote_clock.advance(place(fake, seconds=seconds))
    with pytest.raises(ValueError, match="accountId, region and seconds"):
        remote_clock.advance({"seconds": 1})
