"""The resident's face: service state, report, status, completing a file, calling for help."""
