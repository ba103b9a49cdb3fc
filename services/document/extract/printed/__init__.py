"""Print: `line` sees, `tables` aligns, `running` leaves out, `flow` joins, `headings` finds."""
