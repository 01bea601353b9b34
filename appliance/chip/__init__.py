"""The card: profile, secure channel, writer; and a verifier that shares no code with the writer."""
