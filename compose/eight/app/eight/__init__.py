"""The model stack's own program: an API and a worker that find prime numbers."""
