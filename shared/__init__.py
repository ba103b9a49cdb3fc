"""Machinery that knows no business word, in the order in which a newcomer may read it.

What is said       messages, envelope, cause, manifest, problems, legible
A process          settings, serve, process, web, health, logs, metrics, telemetry, export
A database         database, boxes, tables, rows, connections, statements, cursor
From row to broker relay, bus_storing
From broker to row bus, bus_hearing, bus_pulls, bus_wary, delivery, attempts, dead_letters, together
Order and turns    order, parking; turns, queue, precedence
Questions          requests, resilience, cache
Said again         again, stored, rebuilds
Bytes, children    tickets, child, forkserver
Set-up             provision, migrations, alembic
"""
