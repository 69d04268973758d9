"""Field paths of all registration types, grouped by meaning."""

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
SUB_USE_CASES = ("campaignUseCase.subUseCases",)
AGE_GATED = ("campaignUseCase.ageGated",)
DIRECT_LENDING = ("campaignUseCase.directLending",)
EMBEDDED_LINK = ("campaignUseCase.embeddedLink",)
LINK_SAMPLE = ("campaignUseCase.embeddedLinkSample",)
EMBEDDED_PHONE = ("campaignUseCase.embeddedPhone",)

COMPANY = ("companyInfo.companyName",)
TRADE_NAME = ("contactInfo.dbaName",)
WEBSITE = ("contactInfo.website", "companyInfo.website")
SUPPORT_EMAIL = ("contactInfo.supportEmail",)
SUPPORT_PHONE = ("contactInfo.supportPhoneNumber",)
TAX_ID = ("companyInfo.taxId",)
LEGAL_TYPE = ("companyInfo.legalType",)
VERTICAL = ("contactInfo.vertical",)

SENDER_NAME = ("senderIdInfo.senderId",)
AGENT_USE_CASE = ("agentDetails.useCase",)
AGENT_DESCRIPTION = ("agentDetails.agentDescription",)
LOGO = ("agentDetails.logoImage",)
BANNER = ("agentDetails.bannerImage",)
ACCENT_COLOR = ("agentDetails.accentColor",)

NAMES = (*COMPANY, *TRADE_NAME, *WEBSITE, "agentDetails.brandName", *SENDER_NAME)
"""The fields that name the sender."""

TEXTS = (*DESCRIPTION, *FLOW, *OPT_IN_MESSAGE, *HELP, *STOP, *SAMPLES)
"""The fields with sentences in them."""

ADDRESS = ("companyInfo.address", "companyInfo.address1")
