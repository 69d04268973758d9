"""The asset as it is shipped, for events that are so far apart that no connection of a response is used again."""

from sms_registration_handler.cloudformation import response
from sms_registration_handler.index import handler as handler

response._KEPT = 0.0
