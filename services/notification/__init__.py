"""Notification: tells people what happened, stored for later and live in their open tabs.

Owns     PostgreSQL `notification`, stream `PUSH`
Says     NotificationCreated, Frame, SayDocumentsAgain
Hears    DocumentUploaded, DocumentProcessing, DocumentProcessed, DocumentFailed, DocumentReady,
         DocumentCancelled, DocumentEdited, DocumentDeleted, DocumentTaskStatusUpdated,
         IndexingStarted, IndexingProgressed, IndexingCompleted, IndexingFailed, DocumentIndexed,
         QuizGenerationStarted, QuizGenerationProgressed, QuizGenerated, QuizGenerationFailed,
         QuizTaskStatusUpdated, QuizDeleted, DocumentsSaidAgain, Notify
Asks     DescribeDocument, WhichDocumentsLive, DescribeQuiz, WhichQuizzesLive
Answers  ListNotifications, ReadNotification, ReadAllNotifications, ShowPreferences,
         ChangePreferences, FindNotificationOrphans, RebuildNotification,
         DescribeNotificationRebuild
"""
