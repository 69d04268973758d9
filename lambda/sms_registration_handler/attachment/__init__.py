"""Custom::SmsRegistrationAttachment: one file of a form."""
