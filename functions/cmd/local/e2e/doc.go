// Package e2e proves the sending protocol from end to end: a platform event becomes at most one message, whatever call fails,
// dies or stalls, in whatever order events, callbacks, replies and sweeps come, and at whichever provider. It also proves that
// a function that is told to end finishes what it has begun.
package e2e
