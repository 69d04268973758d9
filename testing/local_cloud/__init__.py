"""An AWS on this machine that deploys CDK apps for real, without an account.

`python -m local_cloud deploy` in the folder of a CDK app starts ministack (an emulator of AWS) and the fake of AWS End User
Messaging SMS behind it, runs the real CDK CLI against both, keeps the state, and stops again: no process stays behind.
It is local and it is not AWS: docs/local-cloud.md says what it proves and what it does not.

In tests::

    from local_cloud.cloud import LocalCloud

    with LocalCloud() as cloud:
        cloud.cdk("deploy", "--all", app="cdk.out", check=True)
        cloud.client("cloudformation").describe_stacks()

`local_cloud.fixtures.local_cloud` is the same as a session-wide pytest fixture.

The modules of `local_cloud.server` run inside the environment that holds ministack, all others in the project's own. This
file therefore imports nothing.
"""
