"""What all resource types share: one invocation, exactly-once creation, deletion, owner tags and common properties."""
