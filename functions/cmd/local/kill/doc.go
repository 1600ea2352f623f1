// Package kill tests that no death of a process loses, doubles or strands a message: every function and the local cloud run
// in processes of their own, which are killed at random moments while messages are sent and callbacks come in.
package kill
