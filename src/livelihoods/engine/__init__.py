"""One code at any size: canonical blocks, small additive states, a fixed merge tree."""
