package meter

// Kept is how many invocations are remembered.
const Kept = kept
