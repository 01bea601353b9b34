"""The composition root: settings in, the three processes out. It lists; it never decides."""
