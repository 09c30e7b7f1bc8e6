"""A survey described as papers describe it."""
