"""The officer's face: work list, case page, acts, blanks."""
