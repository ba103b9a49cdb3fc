"""The step between servers and services: broker and database are made to fit the contracts."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import nats
from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

from shared.manifest import all_manifests
from shared.problems import Away
from shared.provision import broker, databases, streams
from shared.provision.sync import SyncsTooLate, prove_sync_always

VARIABLE = "MESH_PROVISION"
"""Addresses and passwords, as JSON: in the environment, where no other user sees them."""


@dataclass(frozen=True, slots=True)
class Provision:
    """Where the servers are, and the administrators' and everybody's passwords."""

    nats_url: str
    nats_monitor_url: str
    nats_password: str
    postgres_url: str
    database_passwords: Mapping[str, str]
    """By service; it is these services that are provided for."""
    replicas: int = 1
    """On how many nodes of the broker everything is kept."""

    @classmethod
    def told(cls) -> Self:
        """Read it from the environment."""
        return cls(**json.loads(os.environ[VARIABLE]))

    async def run(self) -> list[str]:
        """Add what is missing, refuse what would lose something; say what was done."""
        contracts = all_manifests()
        manifests = {name: contracts[name] for name in self.database_passwords}
        await prove_sync_always(self.nats_monitor_url)
        done = await databases.prepare(self.postgres_url, manifests, self.database_passwords)
        connection = await nats.connect(
            self.nats_url.split(","),
            user=broker.ADMIN,
            password=self.nats_password,
            inbox_prefix=f"_INBOX_{broker.ADMIN}".encode(),
        )
        try:
            return done + await streams.apply(
                connection.jetstream(timeout=30),
                streams.plan(manifests.values(), streams.Sizes(replicas=self.replicas)),
            )
        finally:
            await connection.close()


def main() -> int:
    """Run it as a process of its own: the administrators' passwords end with it."""
    try:
        done = asyncio.run(Provision.told().run())
    except (SyncsTooLate, streams.WouldLose) as refused:
        print(f"Provisioning refused: {refused}", file=sys.stderr)
        return 78
    except (Away, NatsError, JetStreamError, OSError, TimeoutError) as away:
        print(f"Provisioning waits for a server: {away!r}", file=sys.stderr)
        return 75
    print("\n".join(done or ["nothing to add"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
