"""Finger quality, template and match; portrait checks; ISO codecs; all native work in a killable child."""
