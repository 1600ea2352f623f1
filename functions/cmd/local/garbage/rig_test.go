package garbage_test

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
)

// marker stands in every input for the secret, number or name that must not come back in an answer or a log line.
const marker = "QzMarker9000079999Kx"

// Paths of the world.
const (
	notifyPath  = "/push/notify"
	receivePath = "/push/receive"
	sweepPath   = "/push/sweep"
	eventsPath  = "/local/events"
	inboxPath   = "/local/inbox/9000000001"
	replyPath   = "/local/inbox/9000000001/reply"
	logPath     = "/local/send-log?orderId=51230077"
	faultsPath  = "/local/faults"
	botPath     = "/local/bot"

	platformPath = "/push/platform"
)

// times are short enough to see what follows them, and long enough for a busy machine.
func times() map[string]string {
	return map[string]string{
		"PROVIDER_TIMEOUT": "5s", "REQUEST_TIMEOUT": "6s", "LEASE": "7s", "ACK_DEADLINE": "15s", "PARK_AFTER": "300ms", "GRACE": "1s", "QUIET_GRACE": "1s",
		"BRANDAPI_RATE": "100000", "BRANDAPI_BURST": "100000", "BRANDAPI_UNKNOWN_KEYS": "100000",
	}
}

// brief ends what stalls before anybody gets impatient.
func brief() map[string]string {
	return map[string]string{"PROVIDER_TIMEOUT": "500ms", "REQUEST_TIMEOUT": "600ms", "LEASE": "700ms", "ACK_DEADLINE": "800ms"}
}

// rig is a running world, and the paths of its webhooks.
type rig struct {
	*testing.T
	*live.World
	host string
	// webhook, meta and kaleyra are the paths of Neem's, Marigold's and Jasmine's webhooks, with their tokens.
	webhook, meta, kaleyra string
}

func newRig(t *testing.T, config map[string]string) *rig {
	t.Helper()
	all := times()
	maps.Copy(all, config)

	r := &rig{T: t, World: live.Start(t, live.Options{Config: all})}
	r.host = strings.TrimPrefix(r.URL, "http://")
	r.webhook = r.Webhook("gupshup", "neem")
	r.meta = r.Webhook("meta", "marigold")
	r.kaleyra = r.Webhook("kaleyra", "jasmine")
	r.Rest()
	return r
}

// state is all that a request could have changed, but for the forms of bodies, which are noted whatever becomes of the body.
type state struct {
	writes, published int64
	accepted          int
	documents         [32]byte
}

func (r *rig) state(t *testing.T) state {
	t.Helper()
	sum := sha256.New()
	for name, fields := range r.Cloud.Firestore().Documents {
		if strings.Contains(name, "/documents/shapes/") {
			continue
		}

		fmt.Fprintf(sum, "%s\n", name)
		for _, field := range slices.Sorted(maps.Keys(fields)) {
			value, err := proto.MarshalOptions{Deterministic: true}.Marshal(fields[field])
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(sum, "%s %x\n", field, value)
		}
	}
	counts := r.Cloud.Firestore().Counts()
	s := state{writes: counts.Writes + counts.Deletes, published: r.Published(), accepted: r.Simulator.Log().AcceptedCount()}
	sum.Sum(s.documents[:0])
	return s
}
