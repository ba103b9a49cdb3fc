"""Start the quiz service: `python -m services.quiz`."""

from services.quiz.main import main

main()
