"""What can be wrong with a dataset, its tables or what it is made from."""

from liveportrait.errors import LivePortraitError


class DatasetError(LivePortraitError):
    """A table, a plan or a folder of a dataset is missing, damaged, or not what it should be."""
