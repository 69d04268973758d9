"""The protocol with CloudFormation: events, responses, crhelper, the stack's status, logs and metrics."""
