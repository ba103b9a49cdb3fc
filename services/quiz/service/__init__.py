"""What quiz does: quizzes, the making of their questions, and attempts at them."""
