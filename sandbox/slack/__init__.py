"""Slack as an app sees it: Web API, Socket Mode, signed HTTP delivery, interactivity, limits and errors."""
