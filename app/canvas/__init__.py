"""The editor's canvas: our own Streamlit component, and the Python side that owns the document it shows."""

from app.canvas.mount import CanvasState, canvas, live_tint
from app.canvas.session import Session
from app.canvas.sessions import forget, session_for

__all__ = ["CanvasState", "Session", "canvas", "forget", "live_tint", "session_for"]
