package dispatch_test

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
)

// TestClaimNotesWhatItRestsOn has a claim note the newest entry of the shopper's ledger, and which copy of the template it was built with. The
// copy stays when the template changes.
func TestClaimNotesWhatItRestsOn(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Shared: true})
	r.Hand(r.Hooks, r.Event("shipment-failed_delivery"))
	r.Settle(r.Hooks)
	m := r.Sole(t)

	c, err := r.Parts.Store.Customer(t.Context(), m.CustomerID)
	r.Must(err)
	if m.Grounds.Ledger == 0 || m.Grounds.Ledger != c.Consent.Sequence {
		t.Errorf("got entry %d, want %d", m.Grounds.Ledger, c.Consent.Sequence)
	}

	was, err := r.Parts.Store.Template(t.Context(), m.AppID, m.TemplateID)
	r.Must(err)
	now := was
	now.Body, now.CheckedAt = "Something else, {{1}}.", was.CheckedAt.Add(time.Hour)
	r.Must(r.Parts.Store.PutTemplate(t.Context(), m.AppID, now))

	kept, err := r.Parts.Store.TemplateCopy(t.Context(), m.AppID, m.TemplateID, m.Grounds.Copy)
	if err != nil || kept.Body != was.Body || kept.Body == "" {
		t.Errorf("got %+v, %v, want %q", kept, err, was.Body)
	}
}
