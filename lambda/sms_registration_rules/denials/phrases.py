"""Patterns that several rules use."""

RATES = r"\b(?:msgs?|messag(?:es?|ing)|texts?|sms)\s*(?:and|&|/|\+|and/or|or)\s*data\s+(?:rates?|charges?|fees?)\b"

_NOUN = r"\b(?:messages?|msgs?|texts?|sms|(?:pass)?codes?|reminders?|alerts?|notifications?|updates?|requests?)\b"
_UNIT = (
    r"(?:day|week|month|quarter|year|log-?in|login|sign-?in|order|booking|event|visit|cycle|session|request|game|race|"
    r"delivery|"
    r"purchase|appointment|transaction|shipment|reservation|class|practice|payment|donation|attempt|trip|ride|issue|"
    r"case)s?\b"
)
FREQUENCY = (
    r"\bfrequenc|\bfreq\b|\bone[- ]time\b|\brecurring\b|\b(?:daily|weekly|monthly|quarterly|yearly)\b|"
    r"\bonce (?:per|a|an|each|every)\b|\b(?:each|every) time\b|"
    r"\b(?:up to|at most|no more than|approximately|approx\.?|about|around|maximum(?: of)?|max\.?) (?:\d+|a few|an?|"
    r"one|two|three|"
    rf"four|five|six|eight|ten)(?:\s*-\s*\d+)? (?:\w+ )?{_NOUN}|"
    rf"{_NOUN}[^.]{{0,30}}?(?:/|\b(?:per|each|every) (?:\w+[- ])?|\ban? )\s*{_UNIT}|"
    r"\b(?:one|a single|single) (?:[\w-]+ ){0,2}?(?:messages?|msgs?|texts?|codes?|requests?|reminders?)\b"
)

STOP_WORD = r"(?-i:\bSTOP\b)|\b(?:reply|text|send|repl(?:ying)|texting|sending)(?: with)? (?:the word )?[\"']?stop\b"
HELP_WORD = r"(?-i:\bHELP\b)|\b(?:reply|text|send|repl(?:ying)|texting|sending)(?: with)? (?:the word )?[\"']?help\b"

PRIVACY_WORD = r"\bprivacy\b"
TERMS_WORD = r"\bterms\b|\bt ?(?:&|and) ?c'?s?\b|\bconditions of\b"
NOT_SHARED = (
    r"\b(?:not|never|no|n't)\b[^.]{0,80}\b(?:shar|sold|sell|disclos|provid|pass)\w*[^.]{0,80}\b(?:third|affiliate|"
    r"partner|other compan|"
    r"any ?(?:one|body))|\bno (?:third|sharing)"
)

SELLING = (
    r"\b\d+ ?(?:%|percent) off\b|\bsave (?:up to )?(?:\d+-)?\d+ ?(?:%|percent)|\bdiscounts?\b|\bcoupons?\b|"
    r"\bpromo(?: ?codes?|tions?|tional)?\b|\bspecial offers?\b|"
    r"\blimited[- ]time\b|\b(?:flash|big|summer|winter|spring|fall|holiday|clearance|our|black friday) sale\b|"
    r"\bsale (?:ends|starts|is on)\b|\bon sale now\b|\b(?:great|best|hot|exclusive|weekly|daily|today's) deals?\b|"
    r"\b(?:renew|buy|shop) now\b|\border now(?= ?(?:[.!:,]|$|and\b|to\b|online\b|http))|\bhold one for you\b"
)
"""Promotional phrases. See `NOT_SELLING` for what does not count."""

NOT_SELLING = r"\bdiscounts? (?:\w+ ){0,5}?(?:was|were|has been|applied)\b|\bafter (?:the |your )?discounts?\b"
