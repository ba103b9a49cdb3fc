"""Gateway: the public face, HTTP and WebSocket in front of the mesh's words.

Owns     nothing durable (one-use WebSocket tickets in the bucket `ws-tickets`, for a minute)
Says     nothing
Hears    SessionEnded, in passing; the stream `PUSH`, for open tabs
Asks     Register, IssueToken, RefreshToken, EndSession, DescribeMe, ListSigningKeys,
         ListEndedSessions, KeepObject, OpenUpload, OpenPart, DiscardUpload, ReserveUpload,
         CheckAllowance,
         RegisterDocument, CreateCollection, DescribeCollection, ListCollections, EditCollection,
         DeleteCollection,
         DescribeDocument, ListDocuments, EditDocument, DeleteDocument, RetryDocument,
         CancelDocument, AdvanceDocument, OpenContent, OpenText, TellHistory, BeginUpload,
         OpenUploadPart, DescribeUpload, AbortUpload, CompleteUpload, MakeLink, ListLinks,
         RevokeLink, OpenLink, FindPassages, CreateQuiz, DescribeQuiz,
         ListQuizzes, DeleteQuiz, StartAttempt, AnswerQuestion, FinishAttempt, DescribeAttempt,
         ListAttempts, ListNotifications, ReadNotification, ReadAllNotifications, ShowPreferences,
         ChangePreferences,
         ListDeadLetters, GroupDeadLetters, DescribeDeadLetter, EditDeadLetter, RedriveDeadLetter,
         RedriveDeadLetters, DiscardDeadLetter, DiscardDeadLetters, SearchSaid
Answers  nothing
"""
