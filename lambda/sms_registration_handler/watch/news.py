"""What a message says: as text that a person can act on, as JSON, and for chats. Pure. It never has a field value.

Nothing is cut silently: where a text is too long for a channel, the message says so and how to see the rest.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sms_registration_handler.watch.denials import Explained, Reason
from sms_registration_handler.watch.seen import Seen
from sms_registration_handler.watch.stalls import Condition
from sms_registration_rules import news
from sms_registration_rules.told import Entry

MAX_SUBJECT_CHARACTERS = 99
"""SNS: fewer than 100, ASCII."""
MAX_TEXT_BYTES = 30_000
"""Of the text, and of the JSON. The topic's limit is 256 KB, and one message carries the JSON for each of five protocols."""
MAX_CHAT_CHARACTERS = 7000
"""Of a chat notification's description."""

_LIMITS = ((4000, None), (1000, None), (250, None), (250, 60), (100, 25))
"""Characters of each text of AWS, and the number of reasons: the first pair with which the message fits is used."""

_HEADLINES = {
    news.DENIED: "was denied",
    news.NEEDS_A_PERSON: "needs a person",
    news.APPROVED: "is approved",
    news.CONTINUED: "was continued",
    news.CANNOT_CONTINUE: "cannot be continued",
    news.CLOSED: "is closed",
    news.OVERDUE: "is overdue",
}
_AGAIN = {
    "yes": "AWS accepts a corrected form again.",
    "no": "AWS does not accept this form again. Open a case with AWS Support before you change and deploy it.",
    "depends": "Whether AWS accepts the form again depends on its content: see each reason.",
    "unknown": "AWS does not say whether it accepts a corrected form again.",
}
_PERSON = {
    "REQUIRES_AUTHENTICATION": (
        "The brand's contact must follow the link in an email from noreply@auth.campaignregistry.com within 7 days.",
        "Ask the brand's contact to follow the link in the email. After 7 days, request another email in the AWS End User "
        "Messaging SMS console.",
    ),
    "REQUIRES_OFFLINE_REVIEW": (
        "AWS needs a person to continue the review.",
        "Open a case with AWS Support that names the registration.",
    ),
}


@dataclass(frozen=True)
class Stack:
    """The stack that the watch serves.

    Attributes:
        stack_id: Its ARN.
    """

    stack_id: str

    @property
    def name(self) -> str:
        """The stack's name."""
        return self.stack_id.split("/")[1] if "/" in self.stack_id else self.stack_id

    @property
    def place(self) -> str:
        """Region and account, for people."""
        parts = [*self.stack_id.split(":"), "?", "?", "?", "?", "?"]
        return f"{parts[3]}, account {parts[4]}"


@dataclass(frozen=True)
class Message:
    """One message, ready to be sent.

    Attributes:
        kind: One of `news.KINDS`.
        subject: One line of ASCII.
        text: For people.
        next_steps: What to do, one sentence each; part of the text too.
        detail: For programs.
    """

    kind: str
    subject: str
    text: str
    next_steps: tuple[str, ...]
    detail: Mapping[str, Any]

    def attributes(self) -> dict[str, str]:
        """The message attributes to filter on."""
        return {name: str(self.detail[name]) for name in news.MESSAGE_ATTRIBUTES}

    def json(self) -> str:
        """For programs."""
        return json.dumps(self.detail, ensure_ascii=False)

    def chat(self) -> str:
        """The custom notification of Amazon Q Developer in chat applications, for Slack and Microsoft Teams."""
        status = f"sms-registration status {self.detail['registrationId']}"
        return json.dumps(
            {
                "version": "1.0",
                "source": "custom",
                "content": {
                    "textType": "client-markdown",
                    "title": self.subject,
                    "description": _shortened(self.text, MAX_CHAT_CHARACTERS, f"run: {status}"),
                    "nextSteps": list(self.next_steps),
                    "keywords": [self.kind, str(self.detail["registrationType"]), str(self.detail["stack"])],
                },
                "metadata": {
                    "threadId": self.detail["registrationId"],
                    "summary": self.subject,
                    "eventType": self.kind,
                    "relatedResources": [self.detail["registrationArn"]],
                    "additionalContext": {
                        name: str(self.detail[name])
                        for name in (*news.MESSAGE_ATTRIBUTES, "logicalId", "versionNumber", "versionStatus")
                    },
                },
            },
            ensure_ascii=False,
        )


def message(
    stack: Stack, seen: Seen, condition: Condition, denial: Explained | None = None, reminder: Entry | None = None
) -> Message:
    """Write the message about a condition.

    Args:
        stack: The stack.
        seen: The registration.
        condition: What to tell.
        denial: Why the version was denied, for a condition of that kind.
        reminder: When it was told before; None for the first message.
    """
    made = _message(stack, seen, condition, denial, reminder)
    for characters, reasons in _LIMITS:
        if max(len(made.text.encode()), len(made.json().encode())) <= MAX_TEXT_BYTES:
            break
        made = _message(stack, seen, condition, _within(denial, characters, reasons, seen), reminder)
    return made


def _message(
    stack: Stack, seen: Seen, condition: Condition, denial: Explained | None, reminder: Entry | None
) -> Message:
    kind = news.REMINDER if reminder else condition.kind
    name = seen.found.logical_id or seen.found.identity
    headline = f"{name} {_headline(condition)}"
    steps = _next_steps(stack, seen, condition, denial)
    detail = {
        news.KIND: kind,
        news.REGISTRATION_TYPE: seen.found.type,
        news.STACK: stack.name,
        "stackId": stack.stack_id,
        "logicalId": seen.found.logical_id,
        "registrationId": seen.found.identity,
        "registrationArn": seen.found.arn,
        "registrationStatus": seen.found.status,
        "versionNumber": condition.version_number or seen.version_number,
        "versionStatus": _status_of(seen, condition.version_number),
        "summary": headline,
        "details": _details(seen, condition),
        "nextSteps": list(steps),
        **({"reminderOf": condition.kind, "toldTimes": reminder.times} if reminder else {}),
        **(_denial_detail(denial) if denial else {}),
    }
    text = "\n".join(
        [
            *(
                [f"Reminder: this was told {_times(reminder.times)}, and nobody has acted on it yet.", ""]
                if reminder
                else []
            ),
            f"{headline}.",
            "",
            *detail["details"],
            *(_denial_lines(denial) if denial else ()),
            "",
            "What to do:" if steps else "There is nothing to do.",
            *(f"- {each}" for each in steps),
            "",
            f"Registration: {seen.found.identity}, {seen.found.type}",
            f"Stack: {stack.name} ({stack.place}), logical ID {seen.found.logical_id or '?'}",
        ]
    )
    subject = f"{'Reminder: ' if reminder else ''}{headline} ({seen.found.type}, stack {stack.name})"
    return Message(kind, _ascii(subject), text, steps, detail)


def _headline(condition: Condition) -> str:
    if condition.key.startswith("r"):
        return "lost its approval"
    if condition.key.startswith("s"):
        return "does not show its submission"
    return _HEADLINES[condition.kind]


def _status_of(seen: Seen, number: int) -> str:
    found = next((each for each in seen.versions if int(each["VersionNumber"]) == number), seen.versions[-1])
    return str(found["RegistrationVersionStatus"])


def _details(seen: Seen, condition: Condition) -> list[str]:
    number = condition.version_number or seen.version_number
    state = f"Version {number} is {_status_of(seen, number)}, and the registration is {seen.found.status}."
    if condition.kind == news.OVERDUE:
        took = f"It was submitted {condition.days:.0f} days ago."
        expected = f" AWS publishes {condition.expected_days:g} days for this type." if condition.expected_days else ""
        return [state, took + expected]
    if condition.kind == news.NEEDS_A_PERSON:
        return [state, _PERSON[condition.status][0]]
    if condition.kind in (news.CONTINUED, news.CANNOT_CONTINUE):
        return [state, *(f"{each[:1].upper()}{each[1:]}." for each in condition.cause)]
    if condition.kind == news.DENIED and number != seen.version_number:
        return [state, f"The current version is {seen.version_number}, which is {seen.version_status}."]
    if condition.kind == news.CLOSED:
        return [state, "It cannot be used to send messages."]
    return [state]


def _next_steps(stack: Stack, seen: Seen, condition: Condition, denial: Explained | None) -> tuple[str, ...]:
    look = f"To see it, run: sms-registration status {seen.found.identity}"
    deploy = f"cdk deploy {stack.name}"
    if condition.kind == news.DENIED:
        if seen.version_status != "DENIED":
            return (look,)
        support = (_AGAIN["no"],) if denial and denial.submit_again == "no" else ()
        return (*support, f"Change in the app what the reasons name, then run: {deploy}", look)
    if condition.kind == news.NEEDS_A_PERSON:
        return _PERSON[condition.status][1], look
    if condition.kind == news.CANNOT_CONTINUE:
        return "Remove what is in the way, as described above. It is tried again later.", look
    if condition.kind == news.OVERDUE:
        return "Open a case with AWS Support that names the registration.", look
    if condition.key.startswith("r"):
        return f"Find out why in the console, change the form in the app, then run: {deploy}", look
    if condition.kind == news.CLOSED:
        return f"Remove the construct, or give it another ID to register again, then run: {deploy}", look
    return ()


# --- denials ---


def _within(denial: Explained | None, limit: int, reasons: int | None, seen: Seen) -> Explained | None:
    if denial is None:
        return None
    rest = f"run: sms-registration status {seen.found.identity}"
    shown = [
        replace(
            each,
            reason=_shortened(each.reason, limit, rest),
            texts=tuple(_shortened(text, limit, rest) for text in each.texts),
            link=each.link if len(each.link) <= max(limit, 500) else "",
        )
        for each in denial.reasons[:reasons]
    ]
    left = len(denial.reasons) - len(shown)
    if left:
        shown.append(Reason("", f"and {left} more reasons; to see them, {rest}"))
    return Explained(tuple(shown), _shortened(denial.feedback, limit, rest), denial.submit_again)


def _denial_lines(denial: Explained) -> list[str]:
    lines = ["", "Reasons:"] if denial.reasons else ["", "AWS gives no reason."]
    for position, each in enumerate(denial.reasons, start=1):
        lines.append(f"{position}. {f'{each.field}: ' if each.field else ''}{each.reason}")
        for label, text in (
            *(("AWS says", text) for text in each.texts),
            ("See", each.link),
            ("It means", each.cause),
            ("Change", each.change),
            ("Look at", ", ".join(path for path in each.fields if path != each.field)),
            ("Accepted again", each.submit_again),
        ):
            if text:
                lines.append(f"   {label}: {text}")
    if denial.feedback:
        lines += ["", f"Feedback on the version: {denial.feedback}"]
    return [*lines, "", _AGAIN[denial.submit_again]]


def _denial_detail(denial: Explained) -> dict[str, Any]:
    names = {"submit_again": "submitAgain"}
    return {
        "reasons": [{names.get(name, name): value for name, value in asdict(each).items()} for each in denial.reasons],
        "feedback": denial.feedback,
        "submitAgain": denial.submit_again,
    }


# --- texts ---


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _shortened(text: str, limit: int, rest: str) -> str:
    if len(text) <= limit:
        return text
    return f"{text[:limit]}... ({len(text) - limit} more characters; to see them, {rest})"


def _ascii(text: str) -> str:
    """A subject: SNS takes one line of ASCII, without control characters."""
    plain = "".join(character if " " <= character <= "~" else "?" for character in text)
    return plain if len(plain) <= MAX_SUBJECT_CHARACTERS else f"{plain[: MAX_SUBJECT_CHARACTERS - 3]}..."
