package e2e_test

import (
	"bytes"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// The other brand behind the platform's app.
const (
	otherID   = "812"
	otherSlug = "tulsi-and-co"
)

// sharedRig starts a rig whose app is the platform's, and is another brand's sender as well.
func sharedRig(t *testing.T, provider string) *rig.Rig {
	t.Helper()
	r := outageRig(t, rig.Options{Provider: provider, Shared: true})
	r.ChangeAccount(func(a *account.Account) {
		other := *a
		other.ID, other.Slug = otherID, otherSlug
		r.Must(r.Parts.Store.PutAccount(t.Context(), other))
	})
	r.Clock.Advance(time.Minute) // past the cached settings
	return r
}

// sendOthersParcel delivers the event of a parcel of the other brand to a worker, as new.
func sendOthersParcel(r *rig.Rig, w *rig.Worker, n int) {
	r.T.Helper()
	p := rig.ParcelOf(n)
	r.Meet(otherID, p.Phone, consent.Grant)
	event := p.Event(rig.UsualTime)
	event = bytes.ReplaceAll(event, []byte(`"account_id": `+rig.BrandID), []byte(`"account_id": `+otherID))
	event = bytes.ReplaceAll(event, []byte("neem-and-co"), []byte(otherSlug))
	r.Hand(w, r.EventData(event))
}

// healthOf returns the health of the shared app at a brand.
func healthOf(r *rig.Rig, accountID string) account.Health {
	r.T.Helper()
	a, err := r.Parts.Store.Account(r.T.Context(), accountID)
	r.Must(err)
	return a.Apps[a.Sender].Health
}

// TestOutageOfThePlatformsApp has two brands send through the platform's app. Five unanswered posts of one hold the messages of both
// at every instance, one probe at a time goes out for both together, and its answer lets the messages of both go.
func TestOutageOfThePlatformsApp(t *testing.T) {
	t.Parallel()
	for _, provider := range []string{gupshup.Name, meta.Name, kaleyra.Name} {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			r := sharedRig(t, provider)
			posts := func() (n int) {
				for _, q := range r.Sim.Log().Requests() {
					if q.Method == http.MethodPost && strings.HasSuffix(q.Path, sendPaths[provider]) {
						n++
					}
				}
				return n
			}

			mended := brokenRoute(r, provider, chaos.HTML502Before)
			for n := range 5 {
				sendParcel(r, r.Hooks, n)
			}
			cold := r.NewWorker(rig.Options{Config: maps.Clone(deployed)})
			for n := 5; n < 15; n++ {
				sendParcel(r, cold, n)
				sendOthersParcel(r, cold, n+10)
			}
			held := map[string]int{}
			for _, m := range parcels(r, 25) {
				if m.Status() == message.StatusHeld {
					held[m.AccountID]++
				}
			}
			if got := posts(); got != 5 || held[rig.BrandID] != 10 || held[otherID] != 10 {
				t.Errorf("got %d posts and %v held, want no further post and 10 of each brand held", got, held)
			}

			for range 12 { // two minutes: after 15, 30 and 60 seconds one goes through
				before := posts()
				r.CallSweep(cold)
				r.Deliver(world.OrderEvents, cold.Notify)
				if got := posts() - before; got > 1 {
					t.Errorf("got %d posts at once to find out whether the provider answers, want one for both brands", got)
				}
				r.Clock.Advance(10 * time.Second)
			}
			if got := posts() - 5; got < 2 || got > 4 {
				t.Errorf("got %d posts to find out whether the provider answers, want one at a time for both brands", got)
			}

			mended()
			before := posts()
			for began := r.Clock.Now(); r.Sim.Log().AcceptedCount() == 0 && r.Clock.Now().Sub(began) < 5*time.Minute; r.Clock.Advance(10 * time.Second) {
				r.CallSweep(cold)
				r.Deliver(world.OrderEvents, cold.Notify)
			}
			if posts() != before+1 || !healthOf(r, rig.BrandID).Healthy() || !healthOf(r, otherID).Healthy() {
				t.Errorf("after %d posts: got %+v and %+v, want one answer to release both brands",
					posts()-before, healthOf(r, rig.BrandID), healthOf(r, otherID))
			}

			for range 240 {
				r.Round(cold)
			}
			r.Settle(cold)
			if n := checkEnds(t, r, 25); n > 0 {
				t.Errorf("%d were given up", n)
			}
		})
	}
}

// TestAnswerIsRecordedBeforeBrandsAreTold has the answer to a probe recorded before the many accounts behind the platform's app are
// written to, which may take longer than the message's lease.
func TestAnswerIsRecordedBeforeBrandsAreTold(t *testing.T) {
	t.Parallel()
	r := sharedRig(t, meta.Name)
	mended := brokenRoute(r, meta.Name, chaos.HTML502Before)
	for n := range 5 {
		sendParcel(r, r.Hooks, n)
	}
	sendParcel(r, r.Hooks, 5)
	mended()
	r.Clock.Advance(20 * time.Second)
	r.CallSweep(r.Hooks)

	r.Hooks.Faults.Record()
	r.Deliver(world.OrderEvents, r.Hooks.Notify)
	calls := r.Hooks.Faults.Recorded()
	if r.Sim.Log().AcceptedCount() != 1 || !healthOf(r, otherID).Healthy() {
		t.Fatalf("got %d accepted and %+v, want the probe answered", r.Sim.Log().AcceptedCount(), healthOf(r, otherID))
	}
	if after := calls[rig.PostAmong(calls)+1:]; !strings.HasSuffix(after[0], "/Commit") {
		t.Errorf("after the post: got %v, want the outcome written first", after)
	}
}
