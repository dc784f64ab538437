"""Every error the project raises on purpose, as one tree.

::

    AutomlError                     base; never raised itself
    ├── InvalidInput                a value the caller sent breaks a rule
    │   ├── DatasetError            a row, column or file of the data breaks a rule
    │   ├── SpecError               a field of a job spec breaks a rule
    │   ├── SearchSpaceError        a line of a search space or catalog breaks a rule
    │   ├── InvalidName             a resource name cannot be parsed
    │   └── OutOfRange              an offset or sequence lies beyond the end
    ├── NotFound                    no such resource
    ├── AlreadyExists               the name or request id is taken by something else
    ├── FailedPrecondition          the resource is in a state that does not allow the call
    │   └── LeaseLost               another worker holds the job now, or it is finished
    ├── Unauthenticated             the caller did not say, or could not prove, who it is
    ├── PermissionDenied            the caller may not do this, whether or not there is such a thing
    ├── LimitExceeded               a size or count limit
    │   ├── QuotaExceeded           the project has used up what it may use
    │   └── RateLimited             too many calls at once; try again a little later
    ├── Unavailable                 a service or resource is away for the moment; try again
    │   └── Unanswered              no worker answers a question; at once again it would wait as long again
    ├── DataCorrupted               stored or sent bytes do not match their digest
    ├── Cancelled                   somebody asked for the work to stop
    ├── DeadlineReached             the wall-time budget is used up
    ├── ModelUnavailable            one candidate model cannot be loaded; the job goes on
    ├── ScoreUnavailable            one score cannot be computed for one model; the ranking goes on
    └── TrialFailed                 one trial failed; the search goes on
        └── OutOfMemory             not even its smallest batch fits into memory

The tree knows no gRPC; ``server/status.py`` maps it to the wire. Every message says which field, which
rule, which value, and what to do next.
"""

from __future__ import annotations

__all__ = [
    "AlreadyExists",
    "AutomlError",
    "Cancelled",
    "DataCorrupted",
    "DatasetError",
    "DeadlineReached",
    "FailedPrecondition",
    "InvalidInput",
    "InvalidName",
    "LeaseLost",
    "LimitExceeded",
    "ModelUnavailable",
    "NotFound",
    "OutOfMemory",
    "OutOfRange",
    "PermissionDenied",
    "QuotaExceeded",
    "RateLimited",
    "ScoreUnavailable",
    "SearchSpaceError",
    "SpecError",
    "TrialFailed",
    "Unanswered",
    "Unauthenticated",
    "Unavailable",
]


class AutomlError(Exception):
    """Base of every error raised on purpose.

    Attributes
    ----------
    reason
        Stable identifier in UPPER_SNAKE_CASE for programs (goes into ``ErrorInfo.reason``).
    field
        Dotted path of the field that broke the rule, or "" where there is none.
    """

    reason = "AUTOML_ERROR"

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidInput(AutomlError):
    """A value the caller sent breaks a rule."""

    reason = "INVALID_INPUT"


class DatasetError(InvalidInput):
    """A row, column or file of the dataset breaks a rule."""

    reason = "INVALID_DATASET"


class SpecError(InvalidInput):
    """A field of a job spec breaks a rule."""

    reason = "INVALID_SPEC"


class SearchSpaceError(InvalidInput):
    """A line of a search space or of the catalog breaks a rule."""

    reason = "INVALID_SEARCH_SPACE"


class InvalidName(InvalidInput):
    """A resource name cannot be parsed."""

    reason = "INVALID_NAME"


class OutOfRange(InvalidInput):
    """An offset or sequence lies beyond the end."""

    reason = "OUT_OF_RANGE"


class NotFound(AutomlError):
    """There is no such resource."""

    reason = "NOT_FOUND"


class AlreadyExists(AutomlError):
    """The name or request id is taken by something else."""

    reason = "ALREADY_EXISTS"


class FailedPrecondition(AutomlError):
    """The resource is in a state that does not allow the call."""

    reason = "FAILED_PRECONDITION"


class LeaseLost(FailedPrecondition):
    """Another worker holds the job now, or it is finished; stop writing."""

    reason = "LEASE_LOST"


class Unauthenticated(AutomlError):
    """The caller did not say, or could not prove, who it is."""

    reason = "UNAUTHENTICATED"


class PermissionDenied(AutomlError):
    """The caller may not do this; it is not told whether there is such a thing."""

    reason = "PERMISSION_DENIED"


class LimitExceeded(AutomlError):
    """A size or count limit was hit."""

    reason = "LIMIT_EXCEEDED"


class QuotaExceeded(LimitExceeded):
    """The project has used up what it may use; it is free again when something ends or is deleted."""

    reason = "QUOTA_EXCEEDED"


class RateLimited(LimitExceeded):
    """Too many calls at once; the same call works a little later.

    Attributes
    ----------
    retry_seconds
        How long to wait before the next try.
    """

    reason = "RATE_LIMITED"

    def __init__(self, message: str, *, field: str = "", retry_seconds: float = 1.0) -> None:
        super().__init__(message, field=field)
        self.retry_seconds = retry_seconds


class Unavailable(AutomlError):
    """A service or resource is away for the moment; try again."""

    reason = "UNAVAILABLE"


class Unanswered(Unavailable):
    """The service is there and has passed a question on, but no worker answers it; try again later."""

    reason = "UNANSWERED"


class DataCorrupted(AutomlError):
    """Stored or sent bytes do not match their digest."""

    reason = "DATA_CORRUPTED"


class Cancelled(AutomlError):
    """Somebody asked for the work to stop."""

    reason = "CANCELLED"


class DeadlineReached(AutomlError):
    """The wall-time budget is used up."""

    reason = "DEADLINE_REACHED"


class ModelUnavailable(AutomlError):
    """One candidate model cannot be loaded; the job goes on without it."""

    reason = "MODEL_UNAVAILABLE"


class ScoreUnavailable(AutomlError):
    """One score cannot be computed for one model; the ranking goes on."""

    reason = "SCORE_UNAVAILABLE"


class TrialFailed(AutomlError):
    """One trial failed; the search goes on."""

    reason = "TRIAL_FAILED"


class OutOfMemory(TrialFailed):
    """Not even the smallest batch of a trial fits into memory."""

    reason = "TRIAL_OUT_OF_MEMORY"
