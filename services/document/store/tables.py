"""The tables, as the migrations made them."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
)
from sqlalchemy import Text as TextType
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

_TABLES: Final = MetaData()
_TIME: Final = DateTime(timezone=True)

documents: Final = Table(
    "documents",
    _TABLES,
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid),
    Column("object_id", Uuid),
    Column("filename", String),
    Column("title", String),
    Column("media_type", String),
    Column("size", BigInteger),
    Column("sha256", String),
    Column("tags", ARRAY(TextType)),
    Column("collection_id", Uuid),
    Column("created_at", _TIME),
    Column("updated_at", _TIME),
    Column("version", Integer),
    Column("sequence", Integer),
    Column("stored", Boolean),
    Column("cancelled", Boolean),
    Column("deleted", Boolean),
    Column("failure", JSONB(none_as_null=True)),
    Column("text", JSONB(none_as_null=True)),
    Column("text_objects", ARRAY(Uuid)),
    Column("checkpoints", ARRAY(Uuid)),
    Column("reading", Integer),
    Column("indexing", Integer),
    Column("passages", Integer),
    Column("status", String),
)
"""`status` repeats what follows from the facts, for lists to be filtered by."""

history: Final = Table(
    "history",
    _TABLES,
    Column("document_id", Uuid, primary_key=True),
    Column("place", BigInteger, Identity(always=True), primary_key=True),
    Column("id", Uuid),
    Column("type", String),
    Column("time", _TIME),
    Column("data", JSONB),
)

upload_keys: Final = Table(
    "upload_keys",
    _TABLES,
    Column("user_id", Uuid, primary_key=True),
    Column("key", String, primary_key=True),
    Column("created_at", _TIME),
    Column("holder", Uuid),
    Column("held_until", _TIME),
    Column("document_id", Uuid),
    Column("fingerprint", String),
)

collections: Final = Table(
    "collections",
    _TABLES,
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid),
    Column("name", String),
    Column("created_at", _TIME),
    Column("updated_at", _TIME),
)

collection_keys: Final = Table(
    "collection_keys",
    _TABLES,
    Column("user_id", Uuid, primary_key=True),
    Column("key", String, primary_key=True),
    Column("created_at", _TIME),
    Column("fingerprint", String),
    Column("collection_id", Uuid),
)

uploads: Final = Table(
    "uploads",
    _TABLES,
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid),
    Column("filename", String),
    Column("media_type", String),
    Column("size", BigInteger),
    Column("sha256", String),
    Column("title", String),
    Column("tags", ARRAY(TextType)),
    Column("collection_id", Uuid),
    Column("expires_at", _TIME),
    Column("key", String),
    Column("fingerprint", String),
    Column("object_id", Uuid),
    Column("part_size", BigInteger),
    Column("document_id", Uuid),
)

links: Final = Table(
    "links",
    _TABLES,
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid),
    Column("document_id", Uuid),
    Column("secret", LargeBinary),
    Column("created_at", _TIME),
    Column("expires_at", _TIME),
    Column("key", String),
    Column("fingerprint", String),
)
