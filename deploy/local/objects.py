"""The object store: an S3 server (SeaweedFS) from its wheel, every port of it said."""

import hashlib
import hmac
import http.client
import sysconfig
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deploy.local.program import Program, plain_environment

HOST = "127.0.0.1"
PORTS = 10
"""How many ports it takes, gRPC ones too; the first is the S3 endpoint."""

_MEMORY = "512MiB"
"""Its limit counts some 140 MB that it maps and never touches: under 256 MiB it soon collects
garbage without end, even idle (0.13 of a processor), and everything costs it twice as much."""
_STOP_WITHIN = 4.0
"""After uploads it sometimes waits for itself; what it acknowledged survives being killed."""
NAMES = (
    *("s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port"),
    *("volume.port.grpc", "filer.port", "filer.port.grpc", "admin.port", "admin.port.grpc"),
)
_DOORS = ("jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read")


@dataclass(frozen=True, slots=True)
class ObjectServer:
    """One S3 server with one administrator."""

    directory: Path
    ports: Sequence[int]
    access_key: str
    secret_key: str
    name: str = "objects"

    @property
    def endpoint(self) -> str:
        """Host and port, as S3 clients like it."""
        return f"{HOST}:{self.ports[0]}"

    def prepare(self) -> None:
        """Make the directory, lock the doors behind S3, forget the ports of an earlier start."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.directory / "mini.options").unlink(missing_ok=True)
        security = self.directory / "security.toml"
        security.touch(mode=0o600)
        security.write_text(self._security(), encoding="ascii")
        self.tidy()

    def program(self) -> Program:
        """Run it within bounded memory; without a limit it takes a gigabyte."""
        weed = str(Path(sysconfig.get_path("scripts")) / "weed")
        ports = (f"-{name}={port}" for name, port in zip(NAMES, self.ports, strict=True))
        return Program(
            name=self.name,
            command=(
                *(weed, "mini", f"-dir={self.directory}", f"-ip={HOST}", f"-ip.bind={HOST}"),
                *("-master.telemetry=false", "-master.volumeSizeLimitMB=128"),
                *("-admin.ui=false", "-webdav=false", "-s3.port.iceberg=0", "-s3.port.lance=0"),
                *ports,
            ),
            directory=self.directory,
            environment=plain_environment()
            | {
                "GOMEMLIMIT": _MEMORY,
                "AWS_ACCESS_KEY_ID": self.access_key,
                "AWS_SECRET_ACCESS_KEY": self.secret_key,
            },
            stop_within=_STOP_WITHIN,
        )

    def _security(self) -> str:
        """Have filer and volumes serve nobody but the S3 server, which knows the keys."""
        return "".join(
            f'[{door}]\nkey = "{self._key(door)}"\nexpires_after_seconds = 60\n' for door in _DOORS
        )

    def _key(self, door: str) -> str:
        return hmac.new(self.secret_key.encode(), door.encode(), hashlib.sha256).hexdigest()

    def probe(self, within: float) -> None:
        """Ask for the list of buckets without a name: to be refused politely means it works."""
        connection = http.client.HTTPConnection(HOST, self.ports[0], timeout=within)
        try:
            connection.request("GET", "/")
            status = connection.getresponse().status
        except http.client.HTTPException as unreadable:
            raise ConnectionRefusedError(f"no S3 at {self.endpoint}") from unreadable
        finally:
            connection.close()
        if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ConnectionRefusedError(f"S3 at {self.endpoint} answers {status}")

    def tidy(self) -> None:
        """Take away the sockets that it leaves in /tmp, whatever TMPDIR says."""
        for port in self.ports:
            for socket in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108  # its choice
                with suppress(OSError):
                    socket.unlink()
