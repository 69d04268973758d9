"""Field paths of all registration types, grouped by meaning: those that explanations name. `form_fields` has the others."""

FLOW = ("campaignInfo.optInWorkflow", "messagingUseCase.optInDescription")
DESCRIPTION = ("campaignInfo.campaignName", "messagingUseCase.useCaseDetails")
SAMPLES = ("messageSamples.messageSample*",)
OPT_IN_MESSAGE = ("campaignInfo.optInMessage",)
HELP = ("campaignInfo.helpMessage",)
STOP = ("campaignInfo.stopMessage",)
PRIVACY = ("campaignInfo.privacyPolicyLink", "messagingUseCase.privacyPolicyUrl", "agentDetails.privacyPolicyUrl")
TERMS = (
    "campaignInfo.termsAndConditionsLink",
    "messagingUseCase.termsAndConditionsUrl",
    "agentDetails.termsAndConditionsUrl",
)
SCREENSHOT = ("campaignInfo.optInScreenshot",)
OPT_IN_TYPE = ("messagingUseCase.optInType",)
USE_CASE = ("campaignUseCase.useCase", "messagingUseCase.useCaseCategory")
AGE_GATED = ("campaignUseCase.ageGated",)
DIRECT_LENDING = ("campaignUseCase.directLending",)
LINK_SAMPLE = ("campaignUseCase.embeddedLinkSample",)
EMBEDDED_PHONE = ("campaignUseCase.embeddedPhone",)

COMPANY = ("companyInfo.companyName",)
TRADE_NAME = ("contactInfo.dbaName",)
WEBSITE = ("contactInfo.website", "companyInfo.website")
SUPPORT_EMAIL = ("contactInfo.supportEmail",)
SUPPORT_PHONE = ("contactInfo.supportPhoneNumber",)
TAX_ID = ("companyInfo.taxId",)

SENDER_NAME = ("senderIdInfo.senderId",)

ADDRESS = ("companyInfo.address", "companyInfo.address1")
