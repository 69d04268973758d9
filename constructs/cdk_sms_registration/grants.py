"""Rights on one registration, for the other parts of an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk.interfaces import aws_smsvoice as interfaces_smsvoice

READ_ACTIONS = (
    "sms-voice:DescribeRegistrationFieldValues",
    "sms-voice:DescribeRegistrations",
    "sms-voice:DescribeRegistrationVersions",
    "sms-voice:ListRegistrationAssociations",
    "sms-voice:ListTagsForResource",
)

MANAGE_ACTIONS = (
    *READ_ACTIONS,
    "sms-voice:CreateRegistrationAssociation",
    "sms-voice:CreateRegistrationVersion",
    "sms-voice:DeleteRegistrationFieldValue",
    "sms-voice:DiscardRegistrationVersion",
    "sms-voice:PutRegistrationFieldValue",
    "sms-voice:SubmitRegistrationVersion",
)


class RegistrationGrants:
    """Grants rights on one registration, and on that registration only.

    Actions of the service that know no resource are not granted, because they would need ``"*"``: listing all
    registrations of the account, and reading the definitions of types, sections and fields, which are the same for
    everybody. An attachment is not part of the registration either: it has an ARN of its own.

    Args:
        registration: The registration: ours, an imported one, or the bare ``CfnRegistration``.
    """

    def __init__(self, registration: interfaces_smsvoice.IRegistrationRef) -> None:
        self._registration = registration

    @classmethod
    def from_registration(cls, registration: interfaces_smsvoice.IRegistrationRef) -> RegistrationGrants:
        """Grants for a registration.

        Args:
            registration: The registration: ours, an imported one, or the bare ``CfnRegistration``.
        """
        return cls(registration)

    def read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets the grantee read the registration: status, versions, field values, associations and tags.

        ``DescribeRegistrations`` must name the registration's ID or ARN: listing all registrations is not granted.

        Args:
            grantee: Who gets the rights.
        """
        return self._grant(grantee, READ_ACTIONS)

    def manage(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets the grantee read the registration, fill it in, associate it and submit it.

        Not included: deleting it and changing its tags, which belong to the stack that declares it (its owner is
        written in tags). Associating also needs ``sms-voice:CreateRegistrationAssociation`` on the phone number, RCS
        agent or other registration.

        Args:
            grantee: Who gets the rights.
        """
        return self._grant(grantee, MANAGE_ACTIONS)

    def _grant(self, grantee: iam.IGrantable, actions: tuple[str, ...]) -> iam.Grant:
        from aws_cdk import aws_iam as iam

        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=list(actions),
            resource_arns=[self._registration.registration_ref.registration_arn],
        )
