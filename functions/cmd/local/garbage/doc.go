// Package garbage holds the tests that send every route and push endpoint of a running world what nobody should send:
// each gets a documented 4xx that names what is wrong, writes nothing, and repeats nothing of what was sent.
package garbage
