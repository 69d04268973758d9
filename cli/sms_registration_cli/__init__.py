"""The console script `sms-registration`: registrations before, during and after a deployment."""
