"""Errors as problem details (RFC 9457): a plain sentence in `detail`, never what was sent, never a traceback."""

from http import HTTPStatus

import msgspec
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.responses import Response

from das_copy_trader.persistence.errors import StorageError
from das_copy_trader.runtime.sentences import complaint
from das_copy_trader.services.errors import ConflictError, NotFoundError, RequestError, UnusableError

MEDIA_TYPE = "application/problem+json"
_log = structlog.get_logger(__name__)


class FieldProblem(msgspec.Struct, frozen=True):
    """What is wrong with one field of the request."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True):
    """Why a request was not met. `errors` names the fields, where fields are to blame."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"
    errors: list[FieldProblem] = []


def problem(status: int, detail: str, errors: list[FieldProblem] | None = None) -> Response:
    """The response for a request that was not met."""
    body = Problem(HTTPStatus(status).phrase, status, detail, errors=errors or [])
    return Response(msgspec.json.encode(body), status, media_type=MEDIA_TYPE)


def install_problem_handlers(app: FastAPI) -> None:
    """Answer every error of the app as problem details."""
    app.add_exception_handler(RequestError, _on_request_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(StorageError, _on_storage_error)
    app.add_exception_handler(Exception, _on_bug)


async def _on_request_error(_request: Request, error: Exception) -> Response:
    status = 404 if isinstance(error, NotFoundError) else 409 if isinstance(error, ConflictError) else 422
    faults = error.faults if isinstance(error, UnusableError) else ()
    return problem(status, str(error), [FieldProblem(place, message) for place, message in faults])


async def _on_invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = [FieldProblem(_place(found), complaint(found)) for found in error.errors()]
    first = fields[0]
    return problem(422, f"{first.field}: {first.message}.", fields)


def _place(found: ErrorDetails) -> str:
    """The field in dots, less the part of the request that it stands in; of unreadable JSON no field is known."""
    where, *path = found["loc"]
    return ".".join(str(part) for part in path) if path and found["type"] != "json_invalid" else str(where)


async def _on_http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    details = {
        400: "The body cannot be read: it is not JSON, is nested too deeply, was cut off or is too large.",
        404: "There is nothing at this address.",
        405: "This address does not take this method.",
    }
    response = problem(error.status_code, details.get(error.status_code, str(error.detail)))
    response.headers.update(error.headers or {})
    return response


async def _on_storage_error(_request: Request, error: Exception) -> Response:
    return problem(503, f"Nothing was changed. {error}")


async def _on_bug(request: Request, error: Exception) -> Response:
    _log.error("A request failed", method=request.method, path=request.url.path, exc_info=error)
    return problem(500, "Something in the program failed. The log tells more; nothing was changed by this request.")
