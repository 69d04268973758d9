"""The provider function of cdk-sms-registration: the code that Lambda runs when CloudFormation sends a custom resource request.

The rooms, from the bottom up. A room imports only rooms below it:

    errors            the exceptions that end a request early
    aws/              calls to AWS within the time that is left
    cloudformation/   events, responses, crhelper, the stack's status, logs and metrics
    resource/         what all resource types share: one invocation, exactly-once creation, owner tags
    registration/     Custom::SmsRegistration
    attachment/       Custom::SmsRegistrationAttachment
    form/             Custom::SmsRegistrationForm
    watch/            after a deployment: continues what waits, tells people, watches the clock (watch_index)

How a value gets from the event to the service: `index` guards the imports. `dispatch` validates the event with
`cloudformation.event`, runs the request through crhelper (`cloudformation.provider`) and finds the resource type's `handler`
module. The handler parses the value with its room's `properties` module and sends it with `aws.sms_voice`.
`cloudformation.response` sends the result back to CloudFormation.

`errors`, `aws.deadline`, `cloudformation.event` and `cloudformation.response` need only the standard library.
"""
