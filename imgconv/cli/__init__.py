"""The command line: words to nouns; errors and progress for people; no pixel arithmetic."""
