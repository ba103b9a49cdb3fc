"""Document: knows everybody's documents, reads them, and tells how far each has come.

Owns     PostgreSQL `document`
Says     DocumentUploaded, DocumentProcessing, DocumentProcessed, DocumentFailed, DocumentReady,
         DocumentCancelled, DocumentAdvanced, DocumentEdited, DocumentDeleted,
         DocumentTaskStatusUpdated, DocumentsSaidAgain, SayDocumentsAgain, ExtractDocument,
         TellEdited, CheckObject, AdvanceObject, DeleteObject
Hears    ExtractDocument, TellEdited, SayDocumentsAgain, ObjectStored, ObjectRefused,
         IndexingStarted, IndexingProgressed, IndexingFailed, DocumentIndexed, DocumentNotIndexed
Asks     KeepObject, OpenUpload, OpenPart, SealObject, OpenDownload, TellParts, CloseUpload,
         WhichObjectsKept
Answers  ReserveUpload, CheckAllowance, RegisterDocument, DescribeDocument, ListDocuments,
         EditDocument, DeleteDocument, RetryDocument, CancelDocument, AdvanceDocument,
         OpenContent, OpenText, TellHistory,
         CreateCollection, DescribeCollection, ListCollections, EditCollection, DeleteCollection,
         WhichDocumentsLive, WhichObjectsOfDocuments, FindDocumentOrphans,
         BeginUpload, OpenUploadPart, DescribeUpload, AbortUpload, CompleteUpload, MakeLink,
         ListLinks, RevokeLink, OpenLink
"""
