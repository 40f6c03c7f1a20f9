"""Complex numbers as pairs of real ones: their parts, conjugates, angles, and how they are made."""
