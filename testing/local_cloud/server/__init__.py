"""The server process: ministack, the CloudFormation rules that it lacks, and the fake service behind it.

It runs in ministack's virtual environment, so it may import ministack, hypercorn, boto3, the standard library and itself,
but nothing else of this project.
"""
