"""Identity: knows who may come in, and signs the tokens that say so.

Owns     PostgreSQL `identity`
Says     UserRegistered, SessionEnded
Hears    nothing
Asks     nothing
Answers  Register, IssueToken, RefreshToken, EndSession, DescribeMe, ListSigningKeys,
         ListEndedSessions
"""
