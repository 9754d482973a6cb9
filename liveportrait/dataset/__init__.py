"""From identities to live images of them: planned, made, recorded, filtered, evaluated, exported."""
