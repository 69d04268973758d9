"""`python -m sms_registration_cli`."""

from sms_registration_cli.main import main

main()
