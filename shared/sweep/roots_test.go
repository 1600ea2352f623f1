package sweep_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/archive"
	"github.com/eshopbox/whatsapp-notifications/shared/attest"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/proof"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestRoots has sweep publish the root of a day once it is over, look at that once an hour, and warn, in the words that the deployment's alert
// waits for, once a root is a day late.
func TestRoots(t *testing.T) {
	t.Parallel()

	const late = `"msg":"the daily root of an account's consents is late"`

	r := rig.New(t, rig.Options{})
	files := r.Cloud.Storage()
	s := newSweeperWith(r, attest.New(attest.Deps{
		Store:  r.Parts.Store,
		Bucket: archive.New(archive.Options{Config: archive.Config{Bucket: "proof", EmulatorHost: "storage.test"}, Client: files.Client()}),
		Signer: cache.NewOnce(func(context.Context) (proof.Signer, error) {
			return proof.NewSigner([]byte("a secret of sixteen bytes or more"))
		}),
		Clock:  r.Clock,
		Logger: slog.New(slog.DiscardHandler),
	}))
	sweep := func() (log string, err error) {
		t.Helper()
		from := r.Logs.Len()
		_, err = s.Sweep(t.Context())
		return r.Logs.From(from), err
	}

	id, now := store.CustomerID(rig.BrandID, strings.Repeat("c", 32)), r.Clock.Now()
	c := store.Customer{ID: id, AccountID: rig.BrandID, PhoneKey: strings.Repeat("c", 32)}
	entries, next, _ := consent.Record(consent.For(id), consent.Entry{Action: consent.Grant, Source: consent.Checkout, Purpose: consent.OrderUpdates, OccurredAt: now, RecordedAt: now})
	c.Consent = next
	r.Must(r.Parts.Store.CreateCustomer(t.Context(), c, entries...))
	object := proof.DayObject(rig.BrandID, now.UTC().Format(proof.DayForm))

	files.Break(func(method, name string) bool { return method == http.MethodPost && name == object })
	if _, err := sweep(); err != nil {
		t.Errorf("on the day itself: %v", err)
	}
	r.Clock.Advance(25 * time.Hour)
	if log, err := sweep(); err == nil || strings.Contains(log, late) {
		t.Errorf("while the bucket fails: got %v and %s, want a failure and no warning yet", err, log)
	}
	if _, err := sweep(); err != nil {
		t.Errorf("within the hour: %v, want that it is left alone", err)
	}
	r.Clock.Advance(24 * time.Hour)
	if log, err := sweep(); err == nil || strings.Count(log, late) != 1 || !strings.Contains(log, `"account_id":"`+rig.BrandID+`"`) {
		t.Errorf("a day late: got %v and %s, want a failure and the warning", err, log)
	}

	files.Break(nil)
	r.Clock.Advance(time.Hour)
	if log, err := sweep(); err != nil || strings.Contains(log, late) {
		t.Errorf("afterwards: got %v and %s", err, log)
	}
	if files.Objects("proof")[object] == nil {
		t.Errorf("%s is not published", object)
	}
}
