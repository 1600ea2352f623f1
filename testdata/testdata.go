// Package testdata holds the events, orders and stories that the demo and the tests use. Every name, number and address in them
// is invented.
package testdata

import "embed"

// Files are the orders and events, stories that can be played, and prices.json: what Google charges, as of the month that it names.
//
//go:embed orders events scenarios prices.json
var Files embed.FS
