"""Frames in, frames out: stills, videos, animations and picture sequences, streamed one frame at a time."""
