"""A local AWS that really deploys CDK apps, without an account.

`python -m local_cloud deploy` in the folder of a CDK app starts ministack (an emulator of AWS) and the fake of AWS End User
Messaging SMS behind it, runs the real CDK CLI against both, saves the state, and stops: no process is left running.
It is not AWS: docs/local-cloud.md says what it proves and what it does not.

In tests::

    from local_cloud.cloud import LocalCloud

    with LocalCloud() as cloud:
        cloud.cdk("deploy", "--all", app="cdk.out", check=True)
        cloud.client("cloudformation").describe_stacks()

`local_cloud.fixtures.local_cloud` is the same as a session-wide pytest fixture.

The modules of `local_cloud.server` run in ministack's virtual environment, all others in the project's. Therefore this file
imports nothing.
"""
