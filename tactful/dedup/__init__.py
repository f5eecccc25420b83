"""Recognising records that came before, within a stated bound."""
