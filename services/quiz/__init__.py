"""Quiz: makes questions from documents, each with its exact source, and grades the answers.

Owns     PostgreSQL `quiz`
Says     QuizGenerationStarted, QuizGenerationProgressed, QuizGenerated, QuizGenerationFailed,
         QuizDeleted, QuestionsWithdrawn, AttemptFinished, QuizTaskStatusUpdated, GenerateQuiz,
         SayDocumentsAgain
Hears    GenerateQuiz, DocumentDeleted, DocumentsSaidAgain
Asks     DescribeDocument, OpenText, WhichDocumentsLive
Answers  CreateQuiz, DescribeQuiz, ListQuizzes, DeleteQuiz, StartAttempt, AnswerQuestion,
         FinishAttempt, DescribeAttempt, ListAttempts, WhichQuizzesLive, FindQuizOrphans,
         RebuildQuiz, DescribeQuizRebuild
"""
