// Package capacity works out, from what is measured and from a dated list of prices, how many instances, which limits and what bill there are at
// some numbers of messages a day. Its test holds the tables of terraform/CAPACITY.md to that, and fails where a message costs too much.
//
//	testdata/capacity.json   what one message takes: processor time by the benchmarks of functions/cmd/local/bench, on the day that it names;
//	                         counts and bytes, which a test there holds; what is assumed of the traffic and of Google's latencies
//	testdata/prices.json     what Google charges, as of the month that it names
package capacity
