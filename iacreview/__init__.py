"""Pre-merge peer review of infrastructure as code for AWS."""

__all__ = ["__version__"]

__version__ = "0.1.0"
