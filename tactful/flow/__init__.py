"""What was decided of late, counted in buckets of time: by verdict, reason and channel."""

from tactful.flow.buckets import BUCKET_MS, NO_CHANNEL, OTHER, Flow, FlowView, Key

__all__ = ["BUCKET_MS", "NO_CHANNEL", "OTHER", "Flow", "FlowView", "Key"]
