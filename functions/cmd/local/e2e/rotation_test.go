package e2e_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// TestRotationUnderLoad sends by three workers, whose settings and credentials are cached on a clock that stands still, while the credential
// is rotated ten times and the provider ends the former one as soon as a rotation has succeeded. A worker that posts with a former one is
// refused, and the message goes out with the present one: each once, and the app was never in doubt.
func TestRotationUnderLoad(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	workspace := settings.NewWorkspace(settings.WorkspaceDeps{
		Store: r.Parts.Store, Secrets: r.Parts.Secrets, Providers: r.Parts.Providers, Client: r.Parts.Client, Timeout: 5 * time.Second, Clock: r.Clock,
	})
	const parcels = 120
	events := make([]*rig.Queued, parcels)
	for n := range parcels {
		p := rig.ParcelOf(n)
		r.Meet(rig.BrandID, p.Phone, consent.Grant)
		events[n] = r.EventData(p.Event(rig.UsualTime))
	}

	var (
		next atomic.Int64
		wg   sync.WaitGroup
	)
	for _, w := range r.Workers(3) {
		wg.Go(func() {
			for n := int(next.Add(1)) - 1; n < parcels; n = int(next.Add(1)) - 1 {
				if code := r.Push(w.Notify, events[n].Message, 1); code != http.StatusNoContent {
					t.Errorf("parcel %d: got %d", n, code)
				}
			}
		})
	}
	caller := access.Caller{Subject: "u-1", Role: access.Editor, Accounts: []string{rig.BrandID}}
	rotated := map[string]bool{}
	for i := range 10 {
		for int(next.Load()) < i*parcels/10 {
			time.Sleep(time.Millisecond)
		}
		key := fmt.Sprintf("sk-rotated-0123456789-%d", i)
		r.Must(r.Sim.Gupshup().AddAPIKey(rig.GupshupAppID, key))
		a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
		r.Must(err)
		_, err = workspace.RotateCredential(t.Context(), caller, rig.BrandID, rig.AppID, config.NewSecret(key), settings.Seen{Version: a.Version, Named: true})
		r.Must(err)
		r.Must(r.Sim.Gupshup().SetAPIKey(rig.GupshupAppID, key))

		a, err = r.Parts.Store.Account(t.Context(), rig.BrandID)
		r.Must(err)
		rotated[a.Apps[rig.AppID].Secret] = true
	}
	wg.Wait()

	a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
	r.Must(err)
	if h := a.Apps[rig.AppID].Health; h != (account.Health{}) {
		t.Fatalf("the app is held for a credential that was replaced: %+v", h)
	}

	r.Settle(r.Hooks)

	refused := 0
	for n := range parcels {
		m := r.SoleOf(rig.ParcelOf(n))
		if m.Status() != message.StatusRead {
			t.Fatalf("parcel %d rests as %s", n, m.Status())
		}
		if m.Attempt > 1 {
			refused++
		}
	}
	if got := r.Sim.Log().AcceptedCount(); got != parcels {
		t.Errorf("the provider has accepted %d messages, want %d", got, parcels)
	}
	if refused == 0 || len(rotated) != 10 {
		t.Errorf("%d posts were refused with a former credential, and %d versions were named: the test shows nothing", refused, len(rotated))
	}
}
