// Package emulator starts Google's Firestore and Pub/Sub emulators for tests, one of each per test process, and ends them
// with it. Where an emulator is already running (FIRESTORE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST) that one is used.
//
// Without gcloud or Java the test is skipped with "NOT RUN" and the reason; with REQUIRE_EMULATORS=1 it fails instead.
package emulator

import (
	"os"
	"sync"
	"testing"
	"time"
)

// startTimeout is how long an emulator may take until it accepts connections; on a busy machine Java is slow to start.
const startTimeout = 90 * time.Second

// kind is one emulator and how it is started.
type kind struct {
	name    string
	hostEnv string
	jar     string // below the SDK's folder
	class   string
	args    func(port string) []string

	once sync.Once
	host string
	err  error
}

var firestore = &kind{
	name:    "firestore",
	hostEnv: "FIRESTORE_EMULATOR_HOST",
	jar:     "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar",
	class:   "com.google.cloud.datastore.emulator.firestore.CloudFirestore",
	args:    func(port string) []string { return []string{"start", "--host=127.0.0.1", "--port=" + port} },
}

var pubsub = &kind{
	name:    "pubsub",
	hostEnv: "PUBSUB_EMULATOR_HOST",
	jar:     "platform/pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar",
	class:   "com.google.cloud.pubsub.testing.v1.Main",
	args:    func(port string) []string { return []string{"--host=127.0.0.1", "--port=" + port} },
}

// Firestore returns the address, host and port, of a Firestore emulator. It may be shared with other tests of the process:
// use names of your own.
func Firestore(tb testing.TB) string {
	tb.Helper()
	return firestore.address(tb)
}

// PubSub returns the address, host and port, of a Pub/Sub emulator, shared like that of [Firestore].
func PubSub(tb testing.TB) string {
	tb.Helper()
	return pubsub.address(tb)
}

func (k *kind) address(tb testing.TB) string {
	tb.Helper()
	k.once.Do(func() {
		if k.host = os.Getenv(k.hostEnv); k.host == "" {
			k.host, k.err = k.start()
		}
	})

	if k.err == nil {
		return k.host
	}

	if os.Getenv("REQUIRE_EMULATORS") == "1" {
		tb.Fatalf("%s emulator: %v", k.name, k.err)
	}

	tb.Skipf("NOT RUN: %s emulator: %v", k.name, k.err)

	return ""
}
