"""What was set for print: `line` sees, `running` leaves out, `flow` joins, `headings` finds."""
