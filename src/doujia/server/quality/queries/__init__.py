"""Reads of the quality room."""
