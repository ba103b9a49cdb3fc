"""The craft of asking: questions from a text by rule, few but useful.

Read in this order: `text` (pages, headings) · `blocks` (prose, and nothing else) · `language`
(words and their grammar) · `sentences` (those that stand alone) · `facts` (what they say, and of
what) · `terms` (everything of the same kind) · `distractors` (wrong answers that are wrong) ·
`asking` (the three types) · `maker` (the best of them, and why not more).
"""
