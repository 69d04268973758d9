"""CloudFormation and Lambda, simulated around the registration handler: the contract of custom resources, in milliseconds.

The handler runs as it ships, between the faked service (`moto_sms_voice`), an answer endpoint that takes and checks what it
sends, and a CloudFormation that owns physical ids, requests and statuses. Time passes only when somebody sleeps.

- `cloudformation`: a stack, its events, how Lambda delivers them, and what the function may ask.
- `answer_endpoint`: the HTTPS server behind a ResponseURL.
- `virtual_time`: the clock.
- `function`: puts the three around the handler.
"""
