"""How the mesh is, for everybody who asks."""

from services.gateway.ports import Instance
from tests.unit.gateway.conftest import World


async def test_a_service_without_something_it_can_do_without_is_degraded(
    served: World,
) -> None:
    served.discovery.there = [
        Instance("search", str(n), "1", "", ready=True, detail="", breakers=breakers)
        for n, breakers in enumerate(({"search-semantic": "closed"}, {"search-semantic": "opened"}))
    ]

    async with served.client() as client:
        health = (await client.get("/api/health")).json()

    assert health["status"] == "degraded"
    assert health["services"]["search"] == {
        "status": "degraded",
        "instances": 2,
        "detail": "without search-semantic for now",
        "breakers": {"search-semantic": "opened"},
    }


async def test_anybody_hears_what_is_missing_but_not_where_it_is(served: World) -> None:
    served.discovery.there = [
        Instance(
            service="document",
            id="1",
            version="1",
            address="http://10.0.0.7:8091",
            ready=False,
            detail="database: OSError: connect call failed ('10.0.0.7', 5432)",
            failing=("database",),
        )
    ]

    async with served.stranger() as stranger:
        health = (await stranger.get("/api/health")).json()

    assert health["services"]["document"]["detail"] == "not ready: database"
    assert health["services"]["document"]["status"] == "degraded"
    assert "10.0.0.7" not in str(health)
