"""Well-known models, a family to a file; docs/models.md lists them with their counts."""
