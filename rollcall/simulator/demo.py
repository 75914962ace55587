"""The demo's webinars."""

import sqlite3
from datetime import datetime


def build(db: sqlite3.Connection, *, now: datetime, seed: int) -> None:
    """placeholder"""
