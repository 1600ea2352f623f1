package deadletter

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// TestPubSubsOwnAttributesAreNotPublishedAgain keeps a letter's attributes, but for those that Pub/Sub takes from nobody.
func TestPubSubsOwnAttributesAreNotPublishedAgain(t *testing.T) {
	t.Parallel()

	l := Letter{KeptMessage: queue.KeptMessage{Attributes: map[string]string{"googclient_schemaencoding": "JSON", "kind": "raw"}}}
	if got := l.again(); len(got) != 1 || got["kind"] != "raw" || len(l.Attributes) != 2 {
		t.Errorf("got %v", got)
	}
}
