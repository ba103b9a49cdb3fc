"""Search: finds passages by words and by meaning, of what the caller may see.

Owns    PostgreSQL `search` (with the vectors), the text index, the cache `query-vectors`
Says    DocumentIndexed, DocumentNotIndexed, DocumentForgotten, SayIndexingAgain
Hears   IndexingCompleted, IndexingSaidAgain, DocumentEdited, DocumentCancelled,
        DocumentDeleted
Asks    DescribeDocument, WhichDocumentsLive, EmbedTexts, OpenDownload
Answers FindPassages, RebuildSearch, DescribeSearchRebuild, FindSearchOrphans
"""
