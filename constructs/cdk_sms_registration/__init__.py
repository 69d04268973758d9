"""Registrations for AWS End User Messaging SMS, declared with the AWS CDK.

- ``Registration`` declares a registration and its form. ``RegistrationType`` names its type.
- ``FormFile`` reads a form from a YAML or JSON file.
- ``RegistrationAttachment`` is a file for a form. ``AttachmentSource`` says where its bytes are.
- ``FieldValue`` is a value that must not be in the template.
- ``RegistrationForm`` fills in the form of a registration that something else created.
- ``RegistrationStatus`` names the statuses that ``registration.on_status_change`` can report.
- ``RegistrationGrants`` grants permissions on a registration (``registration.grants``).
- ``RegistrationProvider`` is the function behind it all, one per stack. Configure it before the first registration.
- ``ProviderMetrics`` are the metrics of that function (``provider.metrics``).
- ``RegistrationWatch`` continues when reviews end, and tells people why something was denied, one per stack.
- ``WatchMetrics`` are the metrics of that watch (``watch.metrics``).
- ``IRegistration`` is the type of a registration, declared or imported.
- ``Value``, ``Association`` and ``FormFields`` are for the type hints of your own code: a value of a form, what a form is
  associated with, and the fields of a form file.
"""

from cdk_sms_registration.attachment import RegistrationAttachment
from cdk_sms_registration.attachment_source import AttachmentSource
from cdk_sms_registration.events import RegistrationStatus
from cdk_sms_registration.field_value import FieldValue
from cdk_sms_registration.form_fields import FormFields
from cdk_sms_registration.form_file import FormFile
from cdk_sms_registration.form_props import Association, Value
from cdk_sms_registration.grants import RegistrationGrants
from cdk_sms_registration.metrics import ProviderMetrics, WatchMetrics
from cdk_sms_registration.provider import RegistrationProvider
from cdk_sms_registration.registration import Registration
from cdk_sms_registration.registration_base import IRegistration
from cdk_sms_registration.registration_form import RegistrationForm
from cdk_sms_registration.registration_type import RegistrationType
from cdk_sms_registration.registration_watch import RegistrationWatch

__all__ = [
    "Association",
    "AttachmentSource",
    "FieldValue",
    "FormFields",
    "FormFile",
    "IRegistration",
    "ProviderMetrics",
    "Registration",
    "RegistrationAttachment",
    "RegistrationForm",
    "RegistrationGrants",
    "RegistrationProvider",
    "RegistrationStatus",
    "RegistrationType",
    "RegistrationWatch",
    "Value",
    "WatchMetrics",
]
