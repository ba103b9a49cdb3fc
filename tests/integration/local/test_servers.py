"""The servers start from wheels, are used, killed and come back with what they kept."""

import asyncio
from io import BytesIO
from urllib.parse import urlsplit

import asyncpg
import httpx
import nats as nats_client

from deploy.local import objects
from tests.servers import S3, Nats, Postgres


class TestNats:
    async def test_what_was_acknowledged_survives_a_kill(self, nats_server: Nats) -> None:
        connection = await nats_client.connect(nats_server.url)
        jetstream = connection.jetstream()
        await jetstream.add_stream(name="KEPT", subjects=["kept.>"])
        await jetstream.publish("kept.word", b"hello")

        nats_server.held.kill()
        nats_server.held.start()

        again = await nats_client.connect(nats_server.url)
        kept = await again.jetstream().get_msg("KEPT", seq=1)
        assert kept.data == b"hello"
        await again.close()
        await connection.close()

    async def test_who_does_not_answer_for_seconds_is_let_go_of(self, nats_server: Nats) -> None:
        url = urlsplit(nats_server.url)
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        writer.write(b'CONNECT {"verbose": false}\r\nPING\r\n')

        async with asyncio.timeout(15):
            said = await reader.read()  # to the end, which is the broker's

        assert b"Stale Connection" in said
        writer.close()


class TestPostgres:
    async def test_a_fresh_database_belongs_to_its_role_and_knows_vectors(
        self, postgres: Postgres
    ) -> None:
        url = urlsplit((await postgres.fresh_database(vector=True)).replace("+asyncpg", ""))

        connection = await asyncpg.connect(url.geturl())
        await connection.execute("CREATE TABLE kept (place vector(3))")
        await connection.execute("INSERT INTO kept VALUES ('[1,2,3]')")

        assert await connection.fetchval("SELECT count(*) FROM kept") == 1
        await connection.close()

    async def test_what_was_committed_survives_a_kill(self, postgres: Postgres) -> None:
        await postgres.run("CREATE TABLE kept (word text)")
        await postgres.run("INSERT INTO kept VALUES ('hello')")

        postgres.held.kill()
        postgres.held.start()

        await postgres.run("INSERT INTO kept SELECT word FROM kept")

    def test_looking_whether_it_is_there_leaves_no_words_in_its_log(
        self, postgres: Postgres
    ) -> None:
        said = postgres.held.log.read_text()

        for _ in range(10):
            postgres.held.server.probe(5.0)

        assert "could not receive data" not in postgres.held.log.read_text().removeprefix(said)

    async def test_after_a_kill_it_syncs_its_file_system_once_and_not_file_by_file(
        self, postgres: Postgres
    ) -> None:
        url = urlsplit(postgres.admin_url.replace("+asyncpg", ""))
        connection = await asyncpg.connect(url.geturl())

        assert await connection.fetchval("SHOW recovery_init_sync_method") == "syncfs"
        await connection.close()


class TestObjects:
    def test_what_was_put_survives_a_kill(self, s3: S3) -> None:
        bucket = s3.fresh_bucket()
        s3.client().put_object(bucket, "word", BytesIO(b"hello"), 5)

        s3.held.kill()
        s3.held.start()

        assert s3.client().get_object(bucket, "word").read() == b"hello"

    def test_the_doors_behind_s3_open_for_nobody_else(self, s3: S3) -> None:
        bucket = s3.fresh_bucket()
        s3.client().put_object(bucket, "word", BytesIO(b"hello"), 5)
        ports = dict(zip(objects.NAMES, s3.server.ports, strict=True))
        filer = f"http://127.0.0.1:{ports['filer.port']}/buckets/{bucket}/word"
        master = f"http://127.0.0.1:{ports['master.port']}"
        place = httpx.get(f"{master}/dir/assign").json()
        volume = f"http://{place['url']}/{place['fid']}"

        answers = [
            httpx.get(filer),
            httpx.put(filer, content=b"bye"),
            httpx.delete(filer),
            httpx.post(volume, files={"file": b"bye"}),
        ]

        assert [answer.status_code for answer in answers] == [401] * 4
        assert s3.client().get_object(bucket, "word").read() == b"hello"

    def test_a_page_of_another_origin_may_send_parts(self, s3: S3) -> None:
        url = s3.client().presigned_put_object(s3.fresh_bucket(), "part")
        origin = "https://study.example.org"

        asked = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
        leave = httpx.options(url, headers=asked)
        sent = httpx.put(url, content=b"part", headers={"Origin": origin})

        assert "PUT" in leave.headers["access-control-allow-methods"]
        for answer in (leave, sent):
            assert answer.is_success
            assert answer.headers["access-control-allow-origin"] in {origin, "*"}
