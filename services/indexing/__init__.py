"""Indexing: turns documents into searchable passages.

Owns     PostgreSQL `indexing`
Says     IndexingStarted, IndexingProgressed, IndexingCompleted, IndexingFailed,
         IndexingTaskStatusUpdated, DeleteObject
Hears    DocumentProcessed, DocumentCancelled, DocumentDeleted
Asks     OpenDownload, OpenUpload, OpenPart, SealObject
Answers  EmbedTexts
"""
