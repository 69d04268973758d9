"""The protocol with CloudFormation: events, responses, crhelper, the stack, logs and metrics."""
