"""The technician's face: readiness and faults; no cases, no personal data."""
