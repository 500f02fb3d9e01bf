"""Whom a trained model must beat: copies, rules, and what can be counted."""
