"""Values of a form's fields that are read when the form is deployed."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii

from cdk_sms_registration.checks import refuse, text_problems

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_secretsmanager as secretsmanager
    from aws_cdk import aws_ssm as ssm


class FieldValue(abc.ABC):
    """A value of a form's field that is in no template: the function reads it when the form is deployed.

    It is checked like every other value, and never quoted in a log, an error or an attribute. CloudFormation does not notice
    that only the secret or parameter changed: give the form another ``revision`` to have it read again.

    The form gets the permission to read exactly that secret or parameter, before it is filled in.
    """

    @staticmethod
    def from_secret(secret: secretsmanager.ISecret, json_field: str | None = None) -> FieldValue:
        """The text of a secret in AWS Secrets Manager.

        Args:
            secret: The secret, of the stack's Region. The form may decrypt it with its KMS key if that is known and its
                policy lets the account's IAM policies decide, as the policies of the CDK's keys do.
            json_field: The field of the secret's JSON that holds the value, which must be a text there. When omitted: the
                whole text of the secret is the value.

        Raises:
            ValueError: It is not a secret, or the name of the field is empty.
        """
        problems: list[str] = []
        if not hasattr(secret, "secret_arn"):
            problems.append(
                f"secret: expected a Secret, got {type(secret).__name__}; use Secret.from_secret_name_v2(...) for one "
                "that exists"
            )
        if json_field is not None:
            problems += text_problems("json_field", json_field)
            if json_field == "":
                problems.append("json_field: got '', expected the name of a field; leave it out for the whole text")
        refuse("FieldValue.from_secret", problems)
        return _SecretText(secret, json_field)

    @staticmethod
    def from_parameter(parameter: ssm.IParameter) -> FieldValue:
        """The value of a parameter in the Systems Manager Parameter Store, decrypted if it is a ``SecureString``.

        Args:
            parameter: The parameter, of the stack's account and Region. For one that exists already, of any type, use
                ``StringParameter.from_secure_string_parameter_attributes(...)``, with its key if that is your own. Other
                ways to refer to a parameter make CloudFormation read its value too.

        Raises:
            ValueError: It is not a parameter.
        """
        if not hasattr(parameter, "parameter_name"):
            refuse(
                "FieldValue.from_parameter",
                [
                    f"parameter: expected a StringParameter, got {type(parameter).__name__}; use "
                    "StringParameter.from_secure_string_parameter_attributes(...) for one that exists"
                ],
            )
        return _ParameterValue(parameter)

    @property
    @abc.abstractmethod
    def _properties(self) -> dict[str, str]:
        """What the function receives instead of the value."""

    @abc.abstractmethod
    def _grant_read(self, policy: iam.Policy) -> None:
        """Grants the permission to read the value.

        Args:
            policy: A policy of the function's role.
        """

    def __repr__(self) -> str:
        """Shows the kind of reference, without what it refers to, which may be a token."""
        return f"FieldValue({', '.join(self._properties)})"


class _SecretText(FieldValue):
    def __init__(self, secret: secretsmanager.ISecret, json_field: str | None) -> None:
        self._secret = secret
        self._json_field = json_field

    @property
    def _properties(self) -> dict[str, str]:
        json_field = {} if self._json_field is None else {"JsonField": self._json_field}
        return {"SecretId": self._secret.secret_arn, **json_field}

    def _grant_read(self, policy: iam.Policy) -> None:
        from aws_cdk import aws_iam as iam

        # The service appends six characters to a secret's name, which a reference by name does not know.
        arn = self._secret.secret_full_arn or f"{self._secret.secret_arn}-??????"
        iam.Grant.add_to_principal(grantee=policy, actions=["secretsmanager:GetSecretValue"], resource_arns=[arn])
        if self._secret.encryption_key is not None:
            grant_decrypt(policy, self._secret.encryption_key.key_arn, "secretsmanager")


class _ParameterValue(FieldValue):
    def __init__(self, parameter: ssm.IParameter) -> None:
        self._parameter = parameter

    @property
    def _properties(self) -> dict[str, str]:
        return {"ParameterName": self._parameter.parameter_name}

    def _grant_read(self, policy: iam.Policy) -> None:
        from aws_cdk import aws_iam as iam

        # Not with the parameter's own method, which also grants its history: the previous values.
        arn = self._parameter.parameter_arn
        iam.Grant.add_to_principal(grantee=policy, actions=["ssm:GetParameter"], resource_arns=[arn])
        for key_arn in _key_arns(self._parameter, policy):
            grant_decrypt(policy, key_arn, "ssm")


def _key_arns(parameter: ssm.IParameter, policy: iam.Policy) -> list[str]:
    """The ARN of the KMS key that a parameter is encrypted with, if it is known.

    The interface of a parameter does not tell it, but what the parameter's own method grants does.
    """
    from aws_cdk import aws_iam as iam

    granted: list[iam.PolicyStatement] = []

    @jsii.implements(iam.IPrincipal)
    class Collector:
        """A principal that collects what it is granted."""

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
    """Grants decryption with a KMS key, only of what one service encrypted with it, and only through that service.

    Not with the key's own methods: those also write the role into the key's policy, so that the key would depend on the
    function.

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
