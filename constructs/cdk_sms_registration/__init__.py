"""Registrations for AWS End User Messaging SMS, declared with the AWS CDK.

- ``Registration`` declares a registration and its form; ``RegistrationType`` names its kind.
- ``RegistrationForm`` fills in the form of a registration that something else made, and reads forms from files.
- ``RegistrationAttachment`` is a file for a form; ``FieldValue`` a value that is in no template.
- ``RegistrationStatus`` names what ``registration.on_status_change`` tells of.
- ``RegistrationGrants`` grants rights on a registration (``registration.grants``).
- ``RegistrationProvider`` is the function behind it all, one per stack; configure it before the first registration.
- ``IRegistration`` is the type of a registration, declared or imported.
"""

from cdk_sms_registration.attachment import RegistrationAttachment
from cdk_sms_registration.events import RegistrationStatus
from cdk_sms_registration.field_value import FieldValue
from cdk_sms_registration.grants import RegistrationGrants
from cdk_sms_registration.provider import RegistrationProvider
from cdk_sms_registration.registration import Registration
from cdk_sms_registration.registration_base import IRegistration
from cdk_sms_registration.registration_form import RegistrationForm
from cdk_sms_registration.registration_type import RegistrationType

__all__ = [
    "FieldValue",
    "IRegistration",
    "Registration",
    "RegistrationAttachment",
    "RegistrationForm",
    "RegistrationGrants",
    "RegistrationProvider",
    "RegistrationStatus",
    "RegistrationType",
]
