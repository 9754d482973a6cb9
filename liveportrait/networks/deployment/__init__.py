"""The same networks in the form in which they run: fewer operations, equal results, no training."""
