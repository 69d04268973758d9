"""Field paths that the rules read and no explanation names. The functions do not need them."""

from sms_registration_rules.denials.fields import (
    COMPANY,
    DESCRIPTION,
    FLOW,
    HELP,
    OPT_IN_MESSAGE,
    SAMPLES,
    SENDER_NAME,
    STOP,
    TRADE_NAME,
    WEBSITE,
)

SUB_USE_CASES = ("campaignUseCase.subUseCases",)
EMBEDDED_LINK = ("campaignUseCase.embeddedLink",)
LEGAL_TYPE = ("companyInfo.legalType",)
VERTICAL = ("contactInfo.vertical",)
AGENT_USE_CASE = ("agentDetails.useCase",)
AGENT_DESCRIPTION = ("agentDetails.agentDescription",)
LOGO = ("agentDetails.logoImage",)
BANNER = ("agentDetails.bannerImage",)
ACCENT_COLOR = ("agentDetails.accentColor",)

NAMES = (*COMPANY, *TRADE_NAME, *WEBSITE, "agentDetails.brandName", *SENDER_NAME)
"""The fields that name the sender."""

TEXTS = (*DESCRIPTION, *FLOW, *OPT_IN_MESSAGE, *HELP, *STOP, *SAMPLES)
"""The fields with sentences in them."""
