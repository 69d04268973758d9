"""Custom::SmsRegistration: the registration itself, from creation or adoption to deletion."""
