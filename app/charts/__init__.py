"""Our own chart element: figures of plotly that are updated in place."""

from app.charts.mount import chart

__all__ = ["chart"]
