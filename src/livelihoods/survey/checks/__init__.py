"""Rules of the data check, one kind of evidence a file; each gives Notes with rows."""
