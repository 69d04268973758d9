"""Values of a form's fields that are read when the form is deployed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii

from cdk_sms_registration.checks import refuse, text_problems

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_secretsmanager as secretsmanager
    from aws_cdk import aws_ssm as ssm


class FieldValue:
    """A value of a form's field that is in no template: the function reads it when the form is deployed.

    It is checked like every other value, and never quoted: not in a log, an error or an attribute. A change of the
    secret or parameter alone is no change for CloudFormation: give the form another ``revision`` to have it read again.

    Made with ``from_secret`` and ``from_parameter``. The form gets the right to read exactly that secret or parameter,
    before it is filled in.

    Args:
        properties: What the function is told instead of the value.
        grant: Grants the right to read it.
    """

    def __init__(self, properties: dict[str, str], grant: Callable[[iam.Policy], None]) -> None:
        """For ``from_secret`` and ``from_parameter``."""
        self._properties = properties
        self._grant = grant

    @classmethod
    def from_secret(cls, secret: secretsmanager.ISecret, json_field: str | None = None) -> FieldValue:
        """The text of a secret in AWS Secrets Manager.

        Args:
            secret: The secret, of the stack's Region. Its KMS key, when it is known, may be used to decrypt it; that
                key's policy must let the account's IAM policies decide, as the CDK's keys do.
            json_field: The secret's text is JSON, and this one of its fields is the value; it must be a text there. When
                omitted: the whole text is the value.

        Raises:
            ValueError: It is no secret, or the name of the field is empty.
        """
        problems: list[str] = []
        if not hasattr(secret, "secret_arn"):
            problems.append(
                f"secret: expected a Secret, got {type(secret).__name__}; Secret.from_secret_name_v2(...) refers to one "
                "that exists"
            )
        if json_field is not None:
            problems += text_problems("json_field", json_field)
            if json_field == "":
                problems.append("json_field: got '', expected the name of a field; leave it out for the whole text")
        refuse("FieldValue.from_secret", problems)

        properties = {"SecretId": secret.secret_arn}
        if json_field is not None:
            properties["JsonField"] = json_field
        return cls(properties, lambda policy: _grant_read_secret(policy, secret))

    @classmethod
    def from_parameter(cls, parameter: ssm.IParameter) -> FieldValue:
        """The value of a parameter in the Systems Manager Parameter Store, decrypted if it is a ``SecureString``.

        Args:
            parameter: The parameter, of the stack's account and Region. For one that was made elsewhere, of whatever
                kind: ``StringParameter.from_secure_string_parameter_attributes(...)``, with its key if that is your
                own. The other ways to refer to a parameter make CloudFormation read its value too.

        Raises:
            ValueError: It is no parameter.
        """
        if not hasattr(parameter, "parameter_name"):
            refuse(
                "FieldValue.from_parameter",
                [
                    f"parameter: expected a StringParameter, got {type(parameter).__name__}; "
                    "StringParameter.from_secure_string_parameter_attributes(...) refers to one that exists"
                ],
            )

        return cls({"ParameterName": parameter.parameter_name}, lambda policy: _grant_read_parameter(policy, parameter))

    @property
    def properties(self) -> dict[str, str]:
        """What the function is told instead of the value."""
        return self._properties

    def grant_read(self, policy: iam.Policy) -> None:
        """Grants the right to read the value.

        Args:
            policy: A policy of the function's role.
        """
        self._grant(policy)

    def __repr__(self) -> str:
        """Without what it refers to, which may be a token."""
        return f"FieldValue({', '.join(self._properties)})"


def _grant_read_secret(policy: iam.Policy, secret: secretsmanager.ISecret) -> None:
    from aws_cdk import aws_iam as iam

    # The service appends six characters to a secret's name, which a reference by name does not know.
    arn = secret.secret_full_arn or f"{secret.secret_arn}-??????"
    iam.Grant.add_to_principal(grantee=policy, actions=["secretsmanager:GetSecretValue"], resource_arns=[arn])
    if secret.encryption_key is not None:
        grant_decrypt(policy, secret.encryption_key.key_arn, "secretsmanager")


def _grant_read_parameter(policy: iam.Policy, parameter: ssm.IParameter) -> None:
    from aws_cdk import aws_iam as iam

    # Not with the parameter's own method: that grants its history too, the former values.
    iam.Grant.add_to_principal(grantee=policy, actions=["ssm:GetParameter"], resource_arns=[parameter.parameter_arn])
    for key_arn in _keys_of(parameter, policy):
        grant_decrypt(policy, key_arn, "ssm")


def _keys_of(parameter: ssm.IParameter, policy: iam.Policy) -> list[str]:
    """The ARN of the KMS key that a parameter is encrypted with, if it is known.

    The interface of a parameter does not tell; what its own method grants does.
    """
    from aws_cdk import aws_iam as iam

    granted: list[iam.PolicyStatement] = []

    @jsii.implements(iam.IPrincipal)
    class Collector:
        """A principal that keeps what it is granted to itself."""

        assume_role_action = "sts:AssumeRole"

        @property
        def grant_principal(self) -> Any:
            return self

        @property
        def policy_fragment(self) -> iam.PrincipalPolicyFragment:
            return iam.PrincipalPolicyFragment({})

        def add_to_principal_policy(self, statement: iam.PolicyStatement) -> iam.AddToPrincipalPolicyResult:
            granted.append(statement)
            return iam.AddToPrincipalPolicyResult(statement_added=True, policy_dependable=policy)

    parameter.grant_read(Collector())
    return [arn for statement in granted if "kms:Decrypt" in statement.actions for arn in statement.resources]


def grant_decrypt(policy: iam.Policy, key_arn: str, service: str) -> None:
    """Grants the use of a KMS key to read what a service keeps encrypted with it, and through that service only.

    Not with the key's own methods: those want to write the role into the key's policy too, so that the key would depend on
    the function.

    Args:
        policy: A policy of the function's role.
        key_arn: The key's ARN.
        service: The service's name in host names, such as ``s3``.
    """
    from aws_cdk import aws_iam as iam

    via = f"{service}.{cdk.Stack.of(policy).region}.amazonaws.com"
    iam.Grant.add_to_principal(
        grantee=policy,
        actions=["kms:Decrypt"],
        resource_arns=[key_arn],
        conditions={"StringEquals": {"kms:ViaService": via}},
    )
