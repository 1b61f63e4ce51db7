"""The words that every part of the desk shares. Pure values: no database, no platform, no clock."""
