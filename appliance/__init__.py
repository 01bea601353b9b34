"""SIAGA: one appliance that takes a resident without documents from report to handover."""
