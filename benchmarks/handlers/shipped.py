"""The asset as it is shipped."""

from sms_registration_handler.index import handler as handler
