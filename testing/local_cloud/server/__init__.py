"""The process that is the cloud: ministack, the rules it lacks, and the fake service behind it.

Runs under the interpreter of ministack's own environment, so it may import ministack, hypercorn, boto3 and the standard
library, and nothing of this project but itself.
"""
