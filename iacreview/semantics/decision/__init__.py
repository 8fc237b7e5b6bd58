"""Decides what policies allow: requests fall into finitely many classes, and every class is looked at."""
