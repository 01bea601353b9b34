"""Durable truth: schema, store, vault, audit chain, blank ledger, archive."""
