// Package testdata holds the events and orders that the demo and the tests use. Every name, number and address in them
// is invented.
package testdata

import "embed"

// Files are the orders and events.
//
//go:embed orders events
var Files embed.FS
