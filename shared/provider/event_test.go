package provider_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// TestEventJSON freezes the form in which events travel from webhook to receive: deployments of both overlap.
func TestEventJSON(t *testing.T) {
	t.Parallel()
	event := provider.Event{Kind: provider.KindStatus, At: 5, Status: &provider.StatusEvent{
		IDs:       []string{"wamid.1"},
		Status:    message.StatusFailed,
		Recipient: "919800000000",
		Ref:       "r",
		Failure:   provider.NoWhatsApp.Coded("131026").After(time.Second),
		Pricing:   message.Pricing{Known: true},
	}}

	got, err := json.Marshal(event)
	want := `{"kind":"status","at":5,"status":{"ids":["wamid.1"],"status":"failed","recipient":"919800000000","ref":"r",` +
		`"code":"131026","class":"recipient","cause":"not_on_whatsapp","retryAfter":1000000000,"pricing":{"known":true}}}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}
