"""Storage: keeps files, and lets nobody read what was not checked.

Owns     PostgreSQL `storage`, the buckets of the object store
Says     ObjectStored, ObjectRefused, ObjectDeleted
Hears    CheckObject, AdvanceObject, DeleteObject
Asks     WhichObjectsOfDocuments, WhichObjectsOfPassages
Answers  KeepObject, OpenUpload, OpenPart, SealObject, OpenDownload, DiscardUpload, TellParts,
         CloseUpload, WhichObjectsKept, FindStorageOrphans
"""
