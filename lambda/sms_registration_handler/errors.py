"""What can end the handling of an event early.

    Exception
     ├── Failure              the answer is FAILED, and its message is the Reason
     │    ├── ServiceError    the service refused a call (service.py)
     │    └── OutOfTime       this run has no time left (clock.py); another run may go on
     ├── NobodyWaits          CloudFormation has its answer, or is at a later request: no answer at all (application.py)
     ├── InvalidEvent         not an event that CloudFormation sent to us: no answer at all (event.py)
     └── NotDelivered         CloudFormation's answer endpoint did not take the answer (response.py)
    BaseException
     └── ContinueInNextRun    ends the run without an answer, so that Lambda delivers the event again (provider.py)

A message of a `Failure` is written for the person who reads the stack's events: what failed, on what, what to do now.
It never holds a field value, a ResponseURL or an event.
"""


class Failure(Exception):
    """The request cannot be fulfilled; the message becomes the Reason of a FAILED answer."""


class OutOfTime(Failure):
    """This run must stop, because the Lambda limit is near."""


class NobodyWaits(Exception):
    """CloudFormation waits for no answer to this event any more: it came once too often, or too late."""


class InvalidEvent(Exception):
    """The event cannot be CloudFormation's, or not for this function; nothing may be sent."""


class NotDelivered(Exception):
    """The answer could not be delivered; raised out of the handler, so that Lambda delivers the event again."""


class ContinueInNextRun(BaseException):
    """The work goes on when Lambda delivers the event again.

    Not an `Exception`, because crhelper answers FAILED to every one of those.
    """
