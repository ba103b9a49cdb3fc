"""The craft of asking: questions from a text by rule, few but useful.

Read in this order: `text` (pages, headings) · `blocks` (prose, and nothing else) · `budget` (how
much of it is read) · `language` (words and their grammar) · `phrases` (nouns and names) ·
`sentences` (those that stand alone) · `facts` (what they say, and of what) · `terms` (everything of
the same kind) · `sorts` (what sort of thing each is) · `distractors` (wrong answers that are wrong)
· `asking` (the three types) · `maker` (the best of them, and why not more).

Beside them: `words` (lists that the rules know) and `wire` (what the service and this child say).
"""
