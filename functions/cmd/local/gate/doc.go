// Package gate proves that nothing is sent to a shopper who has taken consent back, whatever happens at the same time.
//
//	word ──door──▶ documents ◀──read, conditional write── worker ──▶ post
//
// A model of the send gate is small enough to be explored whole. It has the documents that carry consent, the workers that send, and
// the doors by which a shopper, a brand, a provider or an authority is heard. Every read and every write of the store is a step of its own,
// and the steps of all of them go on in every order that there is.
//
// # What must hold
//
//   - No message is posted whose facts were read after a withdrawal was durable. Facts that are older than the gate allows count as not
//     read at all: a worker that was slow has to honour what was durable before it became slow.
//   - At rest, no withdrawal is lost: the customer's document has every one that is known to be about the customer's number.
//
// A withdrawal is durable once who sent it was told so: the portal's answer, the acknowledged callback. One that was said under a user id
// or under a former number is durable for the customer once it is known whose that is.
//
// # The model and the product
//
// The model's rule of consent is held against package consent for every set of words. Paths of the model drive the product: each read, write
// and post of a path is let through at the product's own call of the same documents, with every provider. A call that the path does not
// expect fails the test, so that a change of the product's order of calls has to be made in the model too. Of a scenario with few
// paths all are driven, of another one some, and of the pairs of doors a sample.
//
// go test ./functions/cmd/local/gate -run 'TestGate|TestProduct' -every -timeout 1h explores every pair of doors, and drives more paths; it takes
// minutes.
//
// The model is wrong on purpose in many ways, one at a time, and each has to be found: see [TestMutants]. So a rule of the gate that nobody
// needs would show.
//
// # What it does not have
//
//   - The time that passes between the check before a post and the provider: what becomes durable then comes too late.
//   - More than one customer of the number, and user ids that stand for several numbers: the tables of package intake have those.
//   - In the product: workers that die, which the tests of the calls of a send have; user ids and former numbers, stops of offers, and what the
//     provider refuses, which the tables of packages intake and outcome have; erasures where events are forwarded.
//   - What is erased beside consent: the tests of package customers have that.
package gate
