"""The review on a pull request: what is to stand there, and how it gets there."""
