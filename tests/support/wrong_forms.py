"""Forms with mistakes, by name: the registration type, and what differs from a valid form. None leaves a field out.

A mapping is not a value of its own: ``{"file": ...}`` is an attachment, ``{"secret": ...}`` a secret.
"""

from typing import Any

TOLL_FREE = "US_TOLL_FREE_REGISTRATION"
BRAND = "US_TEN_DLC_BRAND_REGISTRATION"
CAMPAIGN = "US_TEN_DLC_CAMPAIGN_REGISTRATION"
RCS = "TEST_RCS_LAUNCH_REGISTRATION"
SINGAPORE = "SG_SENDER_ID_REGISTRATION"
INDONESIA = "ID_SENDER_ID_REGISTRATION"

FILE = {"file": "opt-in.png"}
SECRET = {"secret": "sms/values"}

WRONG_FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "missing text": (TOLL_FREE, {"companyInfo.companyName": None}),
    "missing choice": (TOLL_FREE, {"messagingUseCase.optInType": None}),
    "missing choice of many": (BRAND, {"contactInfo.vertical": None}),
    "missing file": (TOLL_FREE, {"messagingUseCase.optInImage": None}),
    "empty required text": (TOLL_FREE, {"companyInfo.city": ""}),
    "choice in other letters": (TOLL_FREE, {"messagingUseCase.monthlyMessageVolume": "1000"}),
    "choice that resembles nothing": (TOLL_FREE, {"messagingUseCase.optInType": "??"}),
    "choice of many that resembles one": (BRAND, {"contactInfo.vertical": "Health care"}),
    "several choices in a text": (TOLL_FREE, {"messagingUseCase.monthlyMessageVolume": "10,100"}),
    "too many choices": (TOLL_FREE, {"messagingUseCase.monthlyMessageVolume": ["100", "10"]}),
    "choice with white space": (BRAND, {"companyInfo.legalType": "NON_PROFIT "}),
    "too long": (BRAND, {"companyInfo.zipCode": "9" * 50}),
    "too short": (CAMPAIGN, {"campaignInfo.helpMessage": "Call us."}),
    "too long because of white space": (BRAND, {"companyInfo.isoCountryCode": "US "}),
    "pattern": (BRAND, {"companyInfo.taxId": "98-76"}),
    "pattern because of white space": (TOLL_FREE, {"companyInfo.taxId": "12-3456789\n"}),
    "path that resembles another": (BRAND, {"companyInfo.zipcode": "98101"}),
    "path that resembles nothing": (BRAND, {"x.y": "z"}),
    "text for a file": (TOLL_FREE, {"messagingUseCase.optInImage": "opt-in.png"}),
    "list for a text": (BRAND, {"companyInfo.city": ["Seattle", "Tacoma"]}),
    "file for a text": (BRAND, {"companyInfo.city": FILE}),
    "file for a choice": (BRAND, {"contactInfo.vertical": FILE}),
    "value that is not allowed": (BRAND, {"companyInfo.stockSymbol": "EXM"}),
    "secret that is not allowed": (BRAND, {"companyInfo.stockSymbol": SECRET}),
    "values that another requires": (BRAND, {"companyInfo.legalType": "PUBLIC_PROFIT"}),
    "wrong choice that others depend on": (BRAND, {"companyInfo.legalType": "PUBLIC", "companyInfo.stockSymbol": "X"}),
    "two of which one is allowed": (
        CAMPAIGN,
        {"campaignInfo.termsAndConditionsLink": "https://a.example", "campaignInfo.termsAndConditionsFile": FILE},
    ),
    "missing choices that another requires": (
        CAMPAIGN,
        {"campaignUseCase.useCase": "MIXED", "campaignUseCase.subUseCases": None},
    ),
    "label without a contact": (
        RCS,
        {"agentDetails.contactWebsiteLabel": "Website", "agentDetails.contactWebsite": None},
    ),
    "file that another value forbids": (
        SINGAPORE,
        {"senderIdInfo.registeringOnBehalf": "No", "senderIdInfo.letterOfAuthorization": FILE},
    ),
    "letters that a country requires": (
        INDONESIA,
        {"companyAddress.isoCountryCode": "ID", "idSidSpecificInfo.letterOfAuthorization1": None},
    ),
    "mistakes of many kinds": (
        TOLL_FREE,
        {
            "companyInfo.companyName": None,
            "companyInfo.city": ["A", "B"],
            "companyInfo.state": "Washington",
            "companyInfo.zipcode": "98101",
            "messagingUseCase.optInType": "Web form",
            "messagingUseCase.optInImage": "opt-in.png",
        },
    ),
}
