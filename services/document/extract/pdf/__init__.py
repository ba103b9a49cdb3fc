"""Reading PDF: `line` sees, `running` leaves out, `flow` joins, `headings` finds."""
