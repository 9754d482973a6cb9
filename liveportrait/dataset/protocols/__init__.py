"""Who is compared with whom, and who is trained and tested on: lists that go with a dataset."""
