"""The officer's acts for programs: JSON, described by OpenAPI (decision 0027)."""
