"""Who: register, tokens, and who the caller is."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi.security import OAuth2PasswordRequestForm
from pydantic import Field, SecretStr

from contracts.identity import (
    DescribeMe,
    EndSession,
    IssueToken,
    RefreshToken,
    Register,
    Tokens,
    User,
)
from services.gateway.dependencies import Anybody, Knocking, SignedIn
from services.gateway.openapi import ALWAYS, PUBLIC, problems, shown
from services.gateway.routes.words import IdempotencyKey, Inbound, SecretText, Text, as_text

_USER: Final = {
    "id": "019aa1b2-0000-7000-8000-000000000001",
    "email": "ada@example.org",
    "name": "Ada",
    "role": "learner",
    "created_at": "2026-11-21T09:00:00Z",
}
_TOKENS: Final = {
    "access_token": "eyJ…",
    "refresh_token": "…",
    "token_type": "bearer",
    "expires_in": 900,
}

router = APIRouter(prefix="/api/v1", tags=["who"])


class NewUser(Inbound):
    """A person who wants to sign in from now on."""

    email: Text = Field(
        max_length=320, examples=["ada@example.org"], json_schema_extra={"format": "email"}
    )
    password: SecretText = Field(min_length=8, max_length=128, examples=["correct horse battery"])
    name: Text = Field(min_length=1, max_length=200, examples=["Ada"])


class Refresh(Inbound):
    """The refresh token of the last pair."""

    refresh_token: SecretText = Field(max_length=4_000, examples=["8xLOxBtZp8…"])


def _tokens(example: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    return {200: shown(example, "A fresh pair of tokens."), **PUBLIC, **problems(401)}


@router.post(
    "/auth/register",
    status_code=201,
    responses={201: shown(_USER), **PUBLIC, **problems(409, 413)},
)
async def register(body: NewUser, visit: Knocking, key: IdempotencyKey = None) -> User:
    """Register a person. The first user of a fresh mesh is its administrator."""
    asked = Register(email=body.email, password=body.password, name=body.name, idempotency_key=key)
    return await visit.ask(asked, within=10)


@router.post("/auth/token", responses=_tokens(_TOKENS))
async def token(form: Annotated[OAuth2PasswordRequestForm, Depends()], visit: Knocking) -> Tokens:
    """Exchange e-mail (`username`) and password for a session's first tokens."""
    asked = IssueToken(
        email=as_text("username", form.username),
        password=SecretStr(as_text("password", form.password)),
    )
    return await visit.ask(asked, within=10)


@router.post("/auth/refresh", responses={**_tokens(_TOKENS), **problems(413)})
async def refresh(body: Refresh, visit: Anybody) -> Tokens:
    """Exchange a refresh token, once, for the next pair. Used twice, it ends its session."""
    return await visit.ask(RefreshToken(refresh_token=body.refresh_token))


@router.post("/auth/logout", status_code=204, response_class=Response, responses=ALWAYS)
async def logout(visit: SignedIn) -> None:
    """End the session everywhere, open WebSockets included."""
    await visit.ask(EndSession())


@router.get("/me", responses={200: shown(_USER), **ALWAYS})
async def me(visit: SignedIn) -> User:
    """Who am I?"""
    return await visit.ask(DescribeMe())
