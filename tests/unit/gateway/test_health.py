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
