"""What every resource type shares: one invocation, exactly-once creation, owner tags, common properties."""
