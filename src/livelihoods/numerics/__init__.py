"""Mathematics that knows nothing of surveys."""
