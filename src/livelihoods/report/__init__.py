"""Headings, prose, tables and figures become one page or one Word file."""
