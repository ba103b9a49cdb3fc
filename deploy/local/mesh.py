"""The parts of one mesh on this machine: servers, services, and who knows which secret."""

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.local import nats, service
from deploy.local.home import Home
from deploy.local.nats import NatsServer
from deploy.local.objects import ObjectServer
from deploy.local.plan import GATEWAY, Ports
from deploy.local.postgres import PostgresServer
from deploy.local.program import Program
from deploy.local.server import Server
from deploy.local.vault import Vault
from deploy.provision import Provision
from shared.manifest import Manifest
from shared.provision import broker, databases
from shared.provision.sandbox import SANDBOX

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Mesh:
    """Everything that is to run, and with what in its hands."""

    home: Home
    ports: Ports
    manifests: Mapping[str, Manifest]

    @property
    def address(self) -> str:
        """Where people find it."""
        return f"http://{HOST}:{self.ports.base}"

    @property
    def vault(self) -> Vault:
        """All secrets of this mesh."""
        return Vault(self.home.secrets)

    def servers(self) -> tuple[Server, ...]:
        """The broker's nodes, the database and the object store."""
        return (*self._brokers(), self._postgres(), self._objects())

    def service_names(self) -> list[str]:
        """Every service, the gateway last: people come in when the rest is there."""
        return sorted(self.manifests, key=lambda name: (name == GATEWAY, name))

    def service(self, name: str) -> Program:
        """Say how to run a service: it gets its own credentials and no others."""
        return service.program(name, self._settings(name), self.manifests)

    def provision(self) -> Provision:
        """Gather what provisioning has to know."""
        return Provision(
            nats_url=nats.addresses(self._brokers()),
            nats_monitor_url=nats.monitors(self._brokers()),
            nats_password=self._nats_password(broker.ADMIN),
            postgres_url=self._postgres().admin_url.replace("+asyncpg", ""),
            database_passwords={name: self._database_password(name) for name in self.manifests},
            replicas=self.ports.nodes,
        )

    def _brokers(self) -> tuple[NatsServer, ...]:
        users = (broker.ADMIN, broker.OPERATOR, SANDBOX, *self.manifests)
        passwords = {name: self._nats_password(name) for name in users}
        accounts = broker.users(self.manifests.values(), passwords)
        if self.ports.nodes > 1:
            return nats.cluster(
                self.home.nats, self.ports.brokers, accounts, self.vault.secret("nats-nodes")
            )
        return (NatsServer(self.home.nats, self.ports.nats, self.ports.monitor, accounts),)

    def _postgres(self) -> PostgresServer:
        return PostgresServer(
            self.home.postgres, self.ports.postgres, self.vault.secret("postgres-admin")
        )

    def _objects(self) -> ObjectServer:
        return ObjectServer(
            self.home.objects,
            self.ports.objects,
            self.vault.secret("objects-access-key"),
            self.vault.secret("objects-secret-key"),
        )

    def _settings(self, name: str) -> dict[str, str]:
        settings = {
            "nats_url": nats.addresses(self._brokers()),
            "nats_monitor_url": nats.monitors(self._brokers()),
            "nats_password": self._nats_password(name),
            "http_port": str(self.ports.services[name]),
            "data_dir": str(self.home.services),
        }
        if self.manifests[name].database:
            settings["database_url"] = databases.url_of(
                self._postgres().admin_url, name, self._database_password(name)
            )
        return settings | self._own(name)

    def _own(self, name: str) -> dict[str, str]:
        """What only one service has to know."""
        match name:
            case "storage":
                objects = self._objects()
                return {
                    "objects_url": f"http://{objects.endpoint}",
                    "objects_access_key": objects.access_key,
                    "objects_secret_key": objects.secret_key,
                }
            case "gateway":
                return {"objects_url": f"http://{self._objects().endpoint}"}
            case "identity":
                return {"key_secret": self.vault.secret("identity-keys")}
            case "indexing":
                return {"model_dir": str(self.home.model)}
        return {}

    def _nats_password(self, name: str) -> str:
        return self.vault.secret(f"nats-{name}")

    def _database_password(self, name: str) -> str:
        return self.vault.secret(f"database-{name}")
