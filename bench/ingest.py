"""Ingest: events a second through `desk.handle`, against the same rows written in a raw driver loop, and against
django-helpdesk creating tickets, all in this run on this machine."""
