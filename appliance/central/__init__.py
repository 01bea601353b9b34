"""The offices outside: SIAK, the biometric centre, the e-sign provider, the personalisation packet."""
