// Package brands tests, on `make run`'s own server, that a brand sees the same product whatever provider it sends through,
// and that nobody but its provider and its bot can speak for it.
package brands
