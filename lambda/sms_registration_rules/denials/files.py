"""Attached files: their format and their size, as the guides limit them per field."""

from __future__ import annotations

from collections.abc import Sequence

from sms_registration_rules.denials import pictures
from sms_registration_rules.denials.codes import CAMPAIGN, SENDER_ID, TOLL_FREE
from sms_registration_rules.denials.fields import SCREENSHOT
from sms_registration_rules.denials.model import RuleTable
from sms_registration_rules.denials.subject import Subject

TABLE = RuleTable()

_KB = 1000
_DOCUMENT = (frozenset({"PNG", "JPEG", "PDF"}), 500 * _KB)
_LIMITS: dict[str, dict[str, tuple[frozenset[str], int]]] = {
    CAMPAIGN: {
        **dict.fromkeys(
            (*SCREENSHOT, "campaignInfo.privacyPolicyFile", "campaignInfo.termsAndConditionsFile"), _DOCUMENT
        ),
    },
    TOLL_FREE: {"messagingUseCase.optInImage": (frozenset({"PNG"}), 400 * _KB)},
    "SG_SENDER_ID_REGISTRATION": {"senderIdInfo.letterOfAuthorization": (frozenset({"PNG"}), 400 * _KB)},
    "GB_SENDER_ID_REGISTRATION": {"senderIdInfo.letterOfAuthorization": (frozenset({"PDF"}), 400 * _KB)},
    "ID_SENDER_ID_REGISTRATION": {
        "senderIdInfo.proofOfSenderIdConnection": _DOCUMENT,
        **{f"idSidSpecificInfo.letterOfAuthorization{number}": _DOCUMENT for number in range(1, 5)},
    },
    "IN_SENDER_ID_REGISTRATION": {"senderIdInfo.proofOfSenderIdConnection": _DOCUMENT},
    "AU_SENDER_ID_REGISTRATION": {"senderIdInfo.proofOfSenderIdConnection": _DOCUMENT},
}
"""Formats and bytes, by type and path. MMS samples are not checked, because they may have other formats."""

_TYPES = (CAMPAIGN, TOLL_FREE, SENDER_ID)
_READS = tuple(dict.fromkeys(path for limits in _LIMITS.values() for path in limits))


@TABLE.rule(
    "file-format",
    types=_TYPES,
    reads=_READS,
    problem="The file format is not accepted for this field.",
    change="Attach a PNG, or a PDF for the British letter of authorization; most fields also take JPEG and PDF.",
    codes=("INVALID_FIELD_VALUE",),
)
def file_format(form: Subject) -> Sequence[str]:
    """Detected from the content, not from the file name."""
    limits = _LIMITS.get(form.form.registration_type, {})
    return [
        path
        for path, content in form.files(tuple(limits)).items()
        if pictures.read(content).format not in limits[path][0]
    ]


@TABLE.rule(
    "file-size",
    types=_TYPES,
    reads=_READS,
    problem="The file is too large for this field.",
    change="Keep it under 500 KB; a toll-free opt-in image or a letter of authorization, under 400 KB.",
    codes=("INVALID_FIELD_VALUE",),
)
def file_size(form: Subject) -> Sequence[str]:
    """A KB is taken as 1,000 bytes, to be on the safe side."""
    limits = _LIMITS.get(form.form.registration_type, {})
    return [path for path, content in form.files(tuple(limits)).items() if len(content) > limits[path][1]]
