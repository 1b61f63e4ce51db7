"""What people are shown: facts in, neutral cards out. Pure; no store, no platform."""
