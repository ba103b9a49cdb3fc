"""Operations: keeps what could not be handled, and sees that it is said again or given up.

It also measures, for whoever watches the mesh, how full streams are and how far listeners came.

Owns     PostgreSQL `operations`
Says     nothing of its own; what died, again, to whom it concerns (stream `TO`)
Hears    nothing of its own; what died, of everybody (stream `DEAD`)
Asks     nothing
Answers  ListDeadLetters, GroupDeadLetters, DescribeDeadLetter, EditDeadLetter, RedriveDeadLetter,
         RedriveDeadLetters, DiscardDeadLetter, DiscardDeadLetters, SearchSaid
"""
