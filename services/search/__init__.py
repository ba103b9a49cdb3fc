"""Search: finds passages by words and by meaning, of what the caller may see.

Owns    PostgreSQL `search` (with the vectors), the text index
Says    DocumentIndexed, DocumentNotIndexed, DocumentForgotten, SayIndexingAgain
Hears   IndexingCompleted, IndexingSaidAgain, DocumentEdited, DocumentDeleted
Asks    DescribeDocument, EmbedTexts, OpenDownload
Answers FindPassages, RebuildSearch, DescribeSearchRebuild
"""
