"""Check, issue, suggestion: readiness of the appliance and its devices."""
