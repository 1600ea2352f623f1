// Package simulation lets whole days of the product pass under faults, and holds what came of them against what should have.
//
//	seed ──Draw──▶ Plan ──run──▶ trace of all that crossed a boundary ──oracle──▶ findings ──shrink──▶ the shortest plan found
//
// A seed draws everything: accounts, apps, shoppers, events, what shoppers say and tap, outages, deaths, late callbacks. The functions
// are the real ones, against the local cloud and the simulated providers, in a bubble of testing/synctest: an hour in which
// nobody works costs nothing, and nothing waits for the machine.
//
// # One at a time
//
// Every call that a function makes of the store, the queue, the secrets or a provider goes through its machine's gate. There it
// sleeps, before and after, for a time that is a hash of the seed, of who calls and of what is called, down to the nanosecond. So
// no two calls ever go on at the same moment, and the order in which they do is the seed's: a long sleep parks a call while
// others overtake it. The same hash says whether the call fails, kills its machine or takes long. So a step can be left out and
// nearly all of the rest stays as it was. Not quite all: names count what is alike, such as the copies of one event, the calls that a
// machine makes for all its requests, and the machines that took a dead one's place, so that leaving out the first of two has the second
// meet what the first did.
// Goroutines that start together, as those of sweep do, come to the gate at one moment; it numbers their calls in the order in which
// they were started.
//
// # The oracle
//
// The oracle has its own code for what the product is to do: which events are one occurrence, what a shopper's words mean, what
// the provider has taken. It looks at what crosses the boundaries, and at the documents once the world rests. A failure of a function
// needs an excuse: a fault that struck the request, an outage, a death, or a gate that held it back until its time was over.
// What machines log is searched for persons and secrets.
//
// When the world has come to rest, some days pass: sweep closes them, and callbacks that were withheld come. Then each account's statement is
// held against a recount that rests on what providers have taken and on what they told of it.
//
// # Use
//
// make simulate runs seeds, a process a core. Of a plan that fails, the shortest one that still does is told in words; with -save it is
// kept in testdata, and TestPlans runs it from then on. functions/cmd/local/README.md says how to read it, and how to add a draw
// or an invariant.
//
// # What it cannot find
//
//   - Races between goroutines that run between two calls: only one of them runs at a time here, and the race detector is for those.
//   - Gaps of the parsers: callbacks are of the forms that the simulators and [forms] write, and the parsers have table tests and fuzz
//     targets.
//   - Anything of events other than [kinds]: return shipments, pick-ups, holds. The table tests of their rules are in package order. The
//     event that an action was submitted comes, and no brand tells it.
//   - Taps of shoppers who hide their number, have two spellings of it or leave WhatsApp, in standby, or on an answer's offer; what free text
//     leads to; and standard texts, which no brand has.
//   - Whether a shopper was answered at all. What is held of answers is that each goes out once, in time, and is told as it went.
//   - Reports that an answer failed for another reason than its number, and an outage of Gupshup's route of answers alone.
//   - The brand's API: nothing here calls it.
//   - Errors that client libraries retry, such as Unavailable: struck calls fail with what is not retried.
//   - Refusals at the post that are documented, such as an unknown template, a number that is none, or a wrong key: outages answer for
//     the whole route, and what is wrong with one message comes as a report. Only news of an app or a template has posts refused.
//   - Settings other than an event that is turned on or off, quiet hours and the name of an app, which operators save: filling, templates, senders,
//     what becomes of events whose template is marketing, rates, consent modes and limits stay as drawn, and secrets are never exchanged.
//   - What sweep does when it goes on within its minute: SWEEP_FOR is 0s here.
//   - Callers who are not who they say: wrong signatures, tokens of order links and forged heartbeats. Only guesses on the portal are drawn.
//   - Personal data anywhere but in logs, and in logs the words that are too short to be known again.
//   - How old the facts behind a post are: what was known before its maker began is held, what became known after its read is not.
//   - How many wrong guesses on the portal are allowed. That the right shopper is heard in the end is held.
//   - On which day of an account a message counts, and what was sent, read or failed: of a statement only arrivals, charges and sums are
//     recounted, for all days together, and closed days are held against a count of what there is.
//   - Gupshup's reports of a message whose id never became known: of those the recount knows no more than the product.
//   - Quiet hours on days on which clocks are changed, and in another zone than India's. The table tests of package account have those.
//   - Shoppers who agreed to marketing otherwise than by an agent's word: the tables of package dispatch have those. Edited texts are not drawn
//     either, nor Kaleyra's changes of a category, of which it tells nothing.
//   - How late a message comes after its app or template was held: it must not be held at rest, and that is all.
//   - What takes more than a day, such as the ends of retention, but for one look at the portal a month later.
//   - The real Firestore and Pub/Sub where the local cloud differs from them, which the conformance suites hold; the push's token, and
//     limits of rate and size.
package simulation
