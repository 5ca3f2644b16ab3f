"""Raw documents to the fact schema: result tables in Markdown, CSV and JSON."""
