"""The simulated central offices: SIAK, biometric centre, e-sign service."""
