"""What a watch tells people: the names that messages, events and metrics are filtered by. Standard library only.

The constructs write these names into filter policies, event patterns and alarms, and the watch writes them into what it sends.
They are public: a released name never changes.
"""

DENIED = "denied"
"""A version was denied. The message has every reason."""
NEEDS_A_PERSON = "needs_a_person"
"""A review waits for somebody: the brand's contact must follow a link, or AWS Support must continue the review."""
APPROVED = "approved"
"""The registration is COMPLETE."""
CONTINUED = "continued"
"""The watch submitted or associated what a deployment had to leave."""
CANNOT_CONTINUE = "cannot_continue"
"""Something waits, and the watch cannot go on with it: a person must act."""
CLOSED = "closed"
"""The registration is CLOSED, or an approval was revoked: it cannot be used to send."""
OVERDUE = "overdue"
"""A review takes much longer than AWS publishes, or a submission does not show after a day."""
REMINDER = "reminder"
"""Nobody has acted on one of the above yet."""

KINDS = (DENIED, NEEDS_A_PERSON, APPROVED, CONTINUED, CANNOT_CONTINUE, CLOSED, OVERDUE, REMINDER)
"""Every kind of message."""

EVENT_SOURCE = "cdk-sms-registration"
"""`source` of the events that the watch puts on the default event bus."""
DETAIL_TYPE = "SMS Registration News"
"""`detail-type` of these events."""

KIND = "kind"
REGISTRATION_TYPE = "registrationType"
STACK = "stack"
MESSAGE_ATTRIBUTES = (KIND, REGISTRATION_TYPE, STACK)
"""Message attributes of the topic's messages, all of type String; members of an event's `detail` have the same names.

`kind` is one of `KINDS`, `registrationType` the service's name of the type, `stack` the name of the stack.
"""

TEXT = "text"
"""TOPIC_FORMAT: text for e-mail; subscriptions with the protocols SQS, Lambda, HTTP and Firehose get JSON."""
CHAT = "chat"
"""TOPIC_FORMAT: the custom notification of Amazon Q Developer in chat applications."""
TOPIC_FORMATS = (TEXT, CHAT)

WAITING = "Waiting"
"""Registrations in which something waits to be submitted or associated."""
OVERDUE_REVIEWS = "Overdue"
"""Registrations whose review is overdue."""
DENIED_REGISTRATIONS = "Denied"
"""Registrations whose latest version is denied, or whose draft follows a denial and is not submitted."""
NEED_A_PERSON = "NeedAPerson"
"""Registrations whose review waits for somebody."""
METRICS = (WAITING, OVERDUE_REVIEWS, DENIED_REGISTRATIONS, NEED_A_PERSON)
"""Metrics that each pass of the watch emits, one value for each registration type of the stack and one for all of them.

In the namespace of the function's other metrics, with the dimensions FunctionName, and FunctionName and RegistrationType.
"""

METRIC_NAMESPACE = "cdk-sms-registration"
FUNCTION_DIMENSION = "FunctionName"
TYPE_DIMENSION = "RegistrationType"
"""With FUNCTION_DIMENSION: the value for one registration type. Without it: the sum over all types."""
