"""The process around the pages: what starts before the first visitor, what stops after the last, what it logs."""

import logging
import os
import sys
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from components import notice, wording
from rollcall import settings, wiring
from rollcall.settings import ROOT, SettingsError
from rollcall.store.upgrade import DatabaseTooNew
from rollcall.wiring import Running

_LOG = logging.getLogger("rollcall.app")
_SERVER_LOG = logging.getLogger("uvicorn.error")
_SCRIPT_LOG = logging.getLogger("streamlit.error_util")


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Start the worker (and, in the demo, RingCentral's stand-in), and stop it when the process is asked to end."""
    _SCRIPT_LOG.addFilter(without_values)
    running = _started()
    try:
        yield
    finally:
        wiring.use(None)
        running.stop()


def _started() -> Running:
    """Everything started, or a process that ends with one sentence about what has to be put right."""
    try:
        read = settings.load(os.environ, ROOT / ".env")
        for noticed in read.notices:
            _say(noticed)
        settings.refuse_open_door(st.get_option("server.address"), read)
        here = wiring.build(read)
        wiring.use(here)
        return wiring.start(here)
    except (SettingsError, DatabaseTooNew) as problem:
        _say(str(problem))
        raise _quietly(problem) from None
    except SQLAlchemyError as problem:
        _say("Rollcall cannot start: its database cannot be opened (DATABASE_URL, or the files in its data folder).")
        raise _quietly(problem) from None
    except OSError as problem:
        _say(f"Rollcall cannot start: {problem.strerror or 'the simulated RingCentral did not start'}.")
        raise _quietly(problem) from None


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def _quietly(problem: Exception) -> Exception:
    """The server logs whatever ends a start as a traceback; who reads it has the sentence already."""
    _SERVER_LOG.disabled = True
    return problem


def without_values(record: logging.LogRecord) -> bool:
    """Log where a page failed and by which kind of error; its message may quote people."""
    if record.exc_info and record.exc_info[1] is not None:
        error = record.exc_info[1]
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if frame.filename.startswith(str(ROOT)) and ".venv" not in frame.filename]
        places = [f"{frame.filename.removeprefix(f'{ROOT}/')}:{frame.lineno}" for frame in ours or frames[-1:]]
        record.msg, record.args = "A page failed: %s at %s", (type(error).__name__, " > ".join(places))
        record.exc_info = record.exc_text = None
    return True


def on_script_error(_error: Exception) -> bool:
    """Show what happened calmly, in place of Streamlit's box; `without_values` has logged it."""
    notice.show(wording.PAGE_FAILED)
    return True
