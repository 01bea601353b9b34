"""Typst templates and their renderer: family card, card face, slips, minutes; QR codes."""
