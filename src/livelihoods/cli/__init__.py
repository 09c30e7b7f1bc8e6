"""Short commands: parse, call, print."""
