// Package simulation lets whole days of the product pass under faults, and holds what came of them against what should have.
//
//	seed ──Draw──▶ Plan ──run──▶ trace of all that crossed a boundary ──oracle──▶ findings ──shrink──▶ the shortest plan found
//
// A seed draws everything: accounts, apps, shoppers, events, what shoppers say, outages, deaths, late callbacks. The functions
// are the real ones, against the local cloud and the simulated providers, in a bubble of testing/synctest: an hour in which
// nobody works costs nothing, and nothing waits for the machine.
//
// # One at a time
//
// Every call that a function makes of the store, the queue, the secrets or a provider goes through its machine's gate. There it
// sleeps, before and after, for a time that is a hash of the seed, of who calls and of what is called, down to the nanosecond. So
// no two calls ever go on at the same moment, and the order in which they do is the seed's: a long sleep parks a call while
// others overtake it. The same hash says whether the call fails, kills its machine or takes long. Nothing depends on what else is
// in the plan, so that a step can be left out and the rest stays as it was. Goroutines that start together, as those of sweep do,
// come to the gate at one moment; it numbers their calls in the order in which they were started.
//
// # The oracle
//
// The oracle has its own code for what the product is to do: which events are one occurrence, what a shopper's words mean, what
// the provider has taken. It looks at what crosses the boundaries, and at the documents once the world rests.
//
// # Use
//
// make simulate runs seeds, a process a core. Of a plan that fails, the shortest one that still does is told in words; with -save it is
// kept in testdata, and TestPlans runs it from then on. functions/cmd/local/README.md says how to read it, and how to add a draw
// or an invariant.
//
// # What it cannot find
//
// Races between goroutines that run between two calls: only one of them runs at a time here, and the race detector is for those.
// Gaps of the parsers: callbacks are of the forms that the simulators and package forms write, and the parsers have table tests
// and fuzz targets. What takes more than a day, such as the ends of retention. The real Firestore and Pub/Sub where the local cloud
// differs from them, which the conformance suites hold.
package simulation
