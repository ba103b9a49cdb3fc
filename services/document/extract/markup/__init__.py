"""Texts with marks: web pages, Markdown, reStructuredText, and books of web pages."""
