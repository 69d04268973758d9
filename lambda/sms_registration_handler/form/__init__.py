"""Custom::SmsRegistrationForm: field values, associations, versions, submission."""
