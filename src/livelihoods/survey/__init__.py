"""What came back from the field."""
