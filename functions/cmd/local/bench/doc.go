// Package bench measures the product as a whole: what one notification and one callback cost in Firestore operations, how
// many of them the deployed functions take in a second, and what a function needs to start and to run.
//
// `make bench` runs it. The functions run in processes of their own, each packed and built as it is deployed (functions/cmd/bundle);
// so does the local cloud. The benchmark's own process holds the simulated provider and makes the load. The budget of Firestore operations is exact, and a test; everything that depends on the machine is only reported.
//
//	reads/op, writes/op, trips/op  Firestore operations and round trips
//	sends/s, events/s              through the functions
//	notifications/s, behind-ms     with all reports applied; how long that took longer than what the provider waits with them
//	p50-ms, p99-ms                 of a call of webhook; of an event, from when it was due to the provider's acceptance
//	cpu-µs/op, cloud-µs/op         processor time of the function, and of the local cloud
//	receive-µs/callback and such   the same of another function, for one callback or message
//	                               (of BenchmarkSustained and BenchmarkRate, whose operation is a whole load, these three are of one message)
//	all-µs/op                      processor time of all processes together, the load's and the simulated provider's among
//	                               them: on an otherwise idle machine its cores divided by this are the operations a second
//	rss-MB                         most memory resident in the function; of another, its name stands before it
//	messages/s                     brought back by sweep and sent by notify
//	heap-B, file-B                 what the local cloud keeps of a message with three callbacks, in memory and in its file
//	compacted-B                    and in the file once it is compacted
//	start-ms, start-ratio          start to first answer; against a function that does nothing
//	zip-KB, binary-MB              what is uploaded of the function; what is built of that
//
// Processor time and memory are read from /proc, and are left out where there is none. With BENCH_PROFILE set to a directory,
// profiles of processor time and of allocations, of the cloud and of each function, are written to it. BENCH_ENV has variables of the functions'
// processes, such as "GOGC=150".
package bench
