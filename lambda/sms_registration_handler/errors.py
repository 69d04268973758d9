"""The exceptions that end the handling of an event early.

    Exception
     ├── Failure              the response is FAILED, with the exception's message as its Reason
     │    ├── ServiceError    the service refused a call (aws/sms_voice.py)
     │    └── OutOfTime       this run has no time left (aws/deadline.py); another run may continue
     ├── NoResponseExpected   CloudFormation has a response already, or is at a later request: send none (dispatch.py)
     ├── InvalidEvent         CloudFormation cannot have sent this event to us: send no response (cloudformation/event.py)
     └── NotDelivered         CloudFormation's response endpoint did not accept the response (cloudformation/response.py)
    BaseException
     └── ContinueInNextRun    ends the run without a response: Lambda delivers the event again (cloudformation/provider.py)

The message of a `Failure` is for the person who reads the stack's events: what failed, on which resource, and what to do now.
It never contains a field value, a ResponseURL or an event.
"""


class Failure(Exception):
    """The request failed. The message becomes the Reason of a FAILED response."""


class OutOfTime(Failure):
    """This run must stop because the Lambda time limit is near."""


class NoResponseExpected(Exception):
    """CloudFormation no longer waits for a response to this event: it was delivered twice, or too late."""


class InvalidEvent(Exception):
    """CloudFormation cannot have sent this event, or it is not for this function. No response may be sent."""


class NotDelivered(Exception):
    """The response could not be delivered. Raised out of the handler so that Lambda delivers the event again."""


class ContinueInNextRun(BaseException):
    """The work continues when Lambda delivers the event again.

    Not an `Exception`, because crhelper responds FAILED to any `Exception`.
    """
