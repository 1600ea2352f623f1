// Package testdata holds the events and orders that the demo and the tests use. Every name, number and address in them
// is invented.
package testdata

import "embed"

// Files are the orders and events, and prices.json: what Google charges, as of the month that it names.
//
//go:embed orders events prices.json
var Files embed.FS
