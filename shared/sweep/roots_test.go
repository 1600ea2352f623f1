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
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/storage"
	"github.com/eshopbox/whatsapp-notifications/shared/proof"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/sweep"
)

const lateRoot = `"msg":"the daily root of an account's consents is late"`

// rootsRig is a sweeper that publishes in a bucket.
type rootsRig struct {
	*rig.Rig

	t       *testing.T
	files   *storage.Server
	sweeper *sweep.Sweeper
}

func newRootsRig(t *testing.T) *rootsRig {
	t.Helper()
	r := rig.New(t, rig.Options{})
	files := r.Cloud.Storage()
	return &rootsRig{r, t, files, newSweeperWith(r, attest.New(attest.Deps{
		Store:  r.Parts.Store,
		Bucket: archive.New(archive.Options{Config: archive.Config{Bucket: "proof", EmulatorHost: "storage.test"}, Client: files.Client()}),
		Signer: cache.NewOnce(func(context.Context) (proof.Signer, error) {
			return proof.NewSigner([]byte("a secret of sixteen bytes or more"))
		}),
		Clock:  r.Clock,
		Logger: slog.New(slog.DiscardHandler),
	}))}
}

func (r *rootsRig) sweep() (log string, err error) {
	r.t.Helper()
	from := r.Logs.Len()
	_, err = r.sweeper.Sweep(r.t.Context())
	return r.Logs.From(from), err
}

// says records what a customer said, or what was ordered of an app's.
func (r *rootsRig) says(accountID, id string, action consent.Action) {
	r.t.Helper()
	now := r.Clock.Now()
	e := consent.Entry{Action: action, Source: consent.Keyworded, Purpose: consent.OrderUpdates, OccurredAt: now, RecordedAt: now}
	if action == consent.Block {
		e.Source, e.Purpose = consent.Authority, consent.Everything
	}
	c, err := r.Parts.Store.Customer(r.t.Context(), id)
	made := err == nil
	if !made {
		c = store.Customer{ID: id, AccountID: accountID, Consent: consent.For(id)}
	}
	entries, next, _ := consent.Record(c.Consent, e)
	if made {
		r.Must(r.Parts.Store.ChangeConsent(r.t.Context(), c, next, entries...))
		return
	}
	c.Consent = next
	r.Must(r.Parts.Store.CreateCustomer(r.t.Context(), c, entries...))
}

// published is how many parts of days of an account are published.
func (r *rootsRig) published(accountID string) (n int) {
	for name := range r.files.Objects("proof") {
		if strings.HasPrefix(name, proof.DayFolder(accountID)+"/") {
			n++
		}
	}
	return n
}

// TestRoots has sweep publish the root of a day once it is over, look at that once an hour, and warn, in the words that the deployment's alert
// waits for, once a root is a day late.
func TestRoots(t *testing.T) {
	t.Parallel()

	r := newRootsRig(t)
	files, now := r.files, r.Clock.Now()
	r.says(rig.BrandID, store.CustomerID(rig.BrandID, strings.Repeat("c", 32)), consent.Grant)
	object := proof.DayObject(rig.BrandID, now.UTC().Format(proof.DayForm), 1)

	files.Break(func(method, name string) bool { return method == http.MethodPost && name == object })
	if _, err := r.sweep(); err != nil {
		t.Errorf("on the day itself: %v", err)
	}
	r.Clock.Advance(25 * time.Hour)
	if log, err := r.sweep(); err == nil || strings.Contains(log, lateRoot) {
		t.Errorf("while the bucket fails: got %v and %s, want a failure and no warning yet", err, log)
	}
	if _, err := r.sweep(); err != nil {
		t.Errorf("within the hour: %v, want that it is left alone", err)
	}
	r.Clock.Advance(24 * time.Hour)
	if log, err := r.sweep(); err == nil || strings.Count(log, lateRoot) != 1 || !strings.Contains(log, `"account_id":"`+rig.BrandID+`"`) {
		t.Errorf("a day late: got %v and %s, want a failure and the warning", err, log)
	}

	files.Break(nil)
	r.Clock.Advance(time.Hour)
	if log, err := r.sweep(); err != nil || strings.Contains(log, lateRoot) {
		t.Errorf("afterwards: got %v and %s", err, log)
	}
	if files.Objects("proof")[object] == nil {
		t.Errorf("%s is not published", object)
	}
}

// TestRootsAreLate warns as soon as a day is over for a day, and not before.
func TestRootsAreLate(t *testing.T) {
	t.Parallel()
	r := newRootsRig(t)
	r.says(rig.BrandID, store.CustomerID(rig.BrandID, strings.Repeat("c", 32)), consent.Grant)
	r.files.Break(func(method, _ string) bool { return method == http.MethodPost })
	over := r.Clock.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)

	r.Clock.Advance(over.AddDate(0, 0, 1).Add(-61 * time.Minute).Sub(r.Clock.Now()))
	if log, err := r.sweep(); err == nil || strings.Contains(log, lateRoot) {
		t.Errorf("an hour before: %v and %s, want a failure and no warning", err, log)
	}
	r.Clock.Advance(62 * time.Minute)
	if log, _ := r.sweep(); strings.Count(log, lateRoot) != 1 {
		t.Errorf("a minute after: %s, want the warning", log)
	}
}

// TestRootsGoOn has more days wait than one call publishes: sweep goes on with them a minute later.
func TestRootsGoOn(t *testing.T) {
	t.Parallel()
	const days = 33
	r := newRootsRig(t)
	id := store.CustomerID(rig.BrandID, strings.Repeat("c", 32))
	for n := range days {
		r.says(rig.BrandID, id, []consent.Action{consent.Grant, consent.Withdraw}[n%2])
		r.Clock.Advance(24 * time.Hour)
	}
	for _, want := range []int{31, days, days} {
		if log, err := r.sweep(); err != nil {
			t.Errorf("Sweep = %v, %s", err, log)
		}
		if got := r.published(rig.BrandID); got != want {
			t.Errorf("%d days are published, want %d", got, want)
		}
		r.Clock.Advance(time.Minute)
	}
}

// TestRootsOfThePlatform has what an authority has ordered of a number be under a root as well.
func TestRootsOfThePlatform(t *testing.T) {
	t.Parallel()
	r := newRootsRig(t)
	r.says("", store.AppCustomerID(store.Authority, strings.Repeat("c", 32)), consent.Block)
	r.Clock.Advance(25 * time.Hour)
	if log, err := r.sweep(); err != nil || r.published(consent.PlatformAccount) != 1 {
		t.Errorf("Sweep = %v with %d days published, %s", err, r.published(consent.PlatformAccount), log)
	}
}
