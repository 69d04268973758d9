"""The provider function of cdk-sms-registration: what runs in Lambda when CloudFormation asks.

A value's way in: `index` (guard) -> `provider` (crhelper, hardened; one answer) -> `application` (which resource type) ->
`registration` (Create, Update, Delete), which reads it through `request`, asks `adoption`, `ownership`, `removal` and `stack`
whose it is and what may be done, and calls the service through `service`; `making` sees to it that one request makes one
thing. `event`, `response`, `clock` and `errors` need nothing but the standard library.
"""
