"""Permissions on one registration, for the other parts of an application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk_sms_registration.checks import refuse

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
    """Grants permissions on one registration, and on that registration only.

    Actions that do not support a resource are not granted by ``read`` and ``manage``, because they would need ``"*"``:
    listing all registrations of the account, and reading the definitions of types, sections and fields, which are the same
    for everybody. An attachment is not part of a registration: it has an ARN of its own.

    Args:
        registration: The registration: declared, imported, or the native ``CfnRegistration``.
    """

    def __init__(self, registration: interfaces_smsvoice.IRegistrationRef) -> None:
        self._registration = registration

    @classmethod
    def from_registration(cls, registration: interfaces_smsvoice.IRegistrationRef) -> RegistrationGrants:
        """Grants for a registration.

        Args:
            registration: The registration: declared, imported, or the native ``CfnRegistration``.
        """
        return cls(registration)

    def actions(self, grantee: iam.IGrantable, *actions: str) -> iam.Grant:
        """Grants actions of your choice on the registration.

        Args:
            grantee: Who gets the permissions.
            actions: IAM actions that support a registration as their resource, such as
                ``"sms-voice:DescribeRegistrations"``.

        Raises:
            ValueError: There is no action, or one of another service.
        """
        from aws_cdk import aws_iam as iam

        problems = [
            f"actions: got {action!r}, expected an action of the service, such as 'sms-voice:DescribeRegistrations'"
            for action in actions
            if not isinstance(action, str) or not action.startswith("sms-voice:")
        ]
        refuse("RegistrationGrants", problems if actions else ["actions: got none, expected at least one"])
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=list(actions),
            resource_arns=[self._registration.registration_ref.registration_arn],
        )

    def read(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets the grantee read the registration: status, versions, field values, associations and tags.

        ``DescribeRegistrations`` must name the registration's ID or ARN: listing all registrations is not granted.

        Args:
            grantee: Who gets the permissions.
        """
        return self.actions(grantee, *READ_ACTIONS)

    def manage(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets the grantee read the registration, fill in its form, associate it and submit it.

        Not included: deleting it and changing its tags. Both belong to the stack that declares it, because tags record its
        owner. Associating also needs ``sms-voice:CreateRegistrationAssociation`` on the phone number, RCS agent or other
        registration.

        Args:
            grantee: Who gets the permissions.
        """
        return self.actions(grantee, *MANAGE_ACTIONS)
