"""Findings to output formats."""
