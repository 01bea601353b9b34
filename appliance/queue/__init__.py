"""Durable jobs and effects: intent before the act, outcome after it, one worker per device."""
