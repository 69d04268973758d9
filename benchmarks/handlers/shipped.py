"""The asset as shipped."""

from sms_registration_handler.index import handler as handler
