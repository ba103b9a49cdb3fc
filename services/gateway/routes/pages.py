"""Pages for people, each one file that needs no network; and the OpenAPI document for programs."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from services.gateway.dependencies import gateway_of

_FOLDER: Final = Path(__file__).resolve().parent.parent / "pages"
_INLINE: Final = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)

router = APIRouter(include_in_schema=False)


@router.get("/")
async def start(request: Request) -> HTMLResponse:
    """A page to try everything with; it sends large files to the object store itself."""
    origin = gateway_of(request).objects_origin
    return _page("index.html", f" {origin}" if origin else "")


@router.get("/docs")
async def docs() -> HTMLResponse:
    """What can be asked here, for people."""
    return _page("docs.html")


@router.get("/openapi.json")
async def openapi(request: Request) -> JSONResponse:
    """What can be asked here, for programs."""
    return JSONResponse(request.app.openapi(), headers={"Cache-Control": "no-cache"})


@router.get("/favicon.ico")
async def icon() -> Response:
    """Browsers ask for it; there is none."""
    return Response(status_code=204)


def _page(name: str, connects: str = "") -> HTMLResponse:
    html = (_FOLDER / name).read_text(encoding="utf-8")
    headers = {"Content-Security-Policy": _policy(html, connects), "Cache-Control": "no-cache"}
    return HTMLResponse(html, headers=headers)


def _policy(html: str, connects: str) -> str:
    """Allow what stands in the page, by its hash, and nothing else from anywhere.

    Besides us it may talk to one origin, if any.
    """
    hashes = {"script": "", "style": ""}
    for kind, text in _INLINE.findall(html):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        hashes[kind] += f" 'sha256-{digest}'"
    return (
        f"default-src 'none'; script-src{hashes['script']}; style-src{hashes['style']};"
        f" connect-src 'self' ws: wss:{connects}; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'"
    )
