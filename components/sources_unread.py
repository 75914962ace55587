"""Past sessions whose sources are not counted: read by a click, once it has said what that costs."""

from components import read_past
from components.sources_seen import Seen
from rollcall import wiring
from rollcall.attendance import over_time, unread


def offer(seen: Seen) -> None:
    """The button, unless nothing is left to be read or it is being read already."""
    here = wiring.current()
    out = seen.sessions[over_time.left_out(seen.sessions).isin(over_time.UNREAD)]
    if out.empty:
        return
    with here.store.read() as db:
        latest = unread.latest_readings(db, here.connection_id, out["session_id"].tolist())
    read_past.offer(read_past.left(out, latest), out, key="sources_read")
