"""What quizzes, questions and attempts are; values and rules only."""
