"""``python -m livelihoods``: the same as the command ``livelihoods``."""

from livelihoods.cli import main

if __name__ == "__main__":
    main()
