"""Indexing: turns documents into searchable passages.

Owns     PostgreSQL `indexing`
Says     IndexingStarted, IndexingProgressed, IndexingCompleted, IndexingFailed,
         IndexingTaskStatusUpdated, IndexingSaidAgain, SayIndexingAgain, EmbedAgain, DeleteObject
Hears    DocumentProcessed, DocumentAdvanced, DocumentCancelled, DocumentDeleted,
         SayIndexingAgain, EmbedAgain
Asks     OpenDownload, KeepObject, OpenUpload, OpenPart, SealObject, WhichDocumentsLive
Answers  EmbedTexts, WhichObjectsOfPassages, FindIndexingOrphans
"""
