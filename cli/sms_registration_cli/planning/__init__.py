"""What a deployment would do: the synthesized templates beside the state of the account."""
