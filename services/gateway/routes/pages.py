"""Pages for people: the OpenAPI document, and a reader for it that needs no network."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json")
async def openapi(request: Request) -> JSONResponse:
    """What can be asked here, for programs."""
    return JSONResponse(request.app.openapi(), headers={"Cache-Control": "no-cache"})
