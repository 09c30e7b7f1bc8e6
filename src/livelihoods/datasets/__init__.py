"""Real public data that come as packages, and synthetic data with known truth."""
