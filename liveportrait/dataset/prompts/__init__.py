"""From drawn attributes to the words that a picture is made from."""
