"""What owners announce who send their bytes directly, and an index for all that is given up."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE objects ADD COLUMN announced bigint, ADD COLUMN part_size bigint")
    op.execute("DROP INDEX objects_unclaimed")
    op.execute("""
        CREATE INDEX objects_unclaimed ON objects (expires_at)
        WHERE state IN ('expected', 'arrived')""")
    op.execute("""
        CREATE INDEX objects_refused_in_parts ON objects (expires_at)
        WHERE state = 'refused' AND upload_id IS NOT NULL AND NOT quarantined""")


def downgrade() -> None:
    op.execute("DROP INDEX objects_refused_in_parts")
    op.execute("DROP INDEX objects_unclaimed")
    op.execute("CREATE INDEX objects_unclaimed ON objects (expires_at) WHERE state = 'expected'")
    op.execute("ALTER TABLE objects DROP COLUMN announced, DROP COLUMN part_size")
