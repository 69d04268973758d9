"""Registrations for AWS End User Messaging SMS, declared with the AWS CDK.

- ``Registration`` declares a registration; ``RegistrationType`` names its kind.
- ``RegistrationGrants`` grants rights on one (``registration.grants``).
- ``RegistrationProvider`` is the function behind it, one per stack; configure it before the first registration.
- ``IRegistration`` is the type of a registration, declared or imported.
"""

from cdk_sms_registration.grants import RegistrationGrants
from cdk_sms_registration.provider import RegistrationProvider
from cdk_sms_registration.registration import IRegistration, Registration
from cdk_sms_registration.registration_type import RegistrationType

__all__ = [
    "IRegistration",
    "Registration",
    "RegistrationGrants",
    "RegistrationProvider",
    "RegistrationType",
]
