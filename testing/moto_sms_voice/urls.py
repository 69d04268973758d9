"""The URLs of the service."""

from .responses import SmsVoiceResponse

url_bases = [
    r"https?://sms-voice(-fips)?\.(.+)\.amazonaws\.com",
    r"https?://sms-voice(-fips)?\.(.+)\.api\.aws",
]

url_paths = {
    "{0}/$": SmsVoiceResponse.dispatch,
    "{0}/_sms_voice/review$": SmsVoiceResponse.review,
    "{0}/_sms_voice/clock$": SmsVoiceResponse.clock,
}
