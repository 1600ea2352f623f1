package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
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
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestRotationUnderLoad sends by three workers, whose settings and credentials are cached on a clock that stands still, while the credential
// is rotated ten times and the provider ends the former one as soon as a rotation has succeeded. A worker that posts with a former one is
// refused, and the message goes out with the present one: each once, and the app was never in doubt. So it is for the platform's app, whose
// credential changes in its own document.
func TestRotationUnderLoad(t *testing.T) {
	t.Parallel()
	for name, shared := range map[string]bool{"brand's": false, "platform's": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rotateUnderLoad(t, shared)
		})
	}
}

// rotateUnderLoad does it with an app of the brand's own, or one that it shares.
func rotateUnderLoad(t *testing.T, shared bool) {
	t.Helper()
	r := rig.New(t, rig.Options{Shared: shared})
	rotate := rotation(t, r, shared)
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
	rotated := map[string]bool{}
	for i := range 10 {
		for int(next.Load()) < i*parcels/10 {
			time.Sleep(time.Millisecond)
		}
		key := fmt.Sprintf("sk-rotated-0123456789-%d", i)
		r.Must(r.Sim.Gupshup().AddAPIKey(rig.GupshupAppID, key))
		rotated[rotate(key)] = true
		r.Must(r.Sim.Gupshup().SetAPIKey(rig.GupshupAppID, key))
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

// rotation returns what gives the app another credential, and returns the name of its secret; of the platform's app too.
func rotation(t *testing.T, r *rig.Rig, shared bool) (rotate func(key string) string) {
	t.Helper()
	workspace := settings.NewWorkspace(settings.WorkspaceDeps{
		Store: r.Parts.Store, Secrets: r.Parts.Secrets, Providers: r.Parts.Providers, Client: r.Parts.Client, Timeout: 5 * time.Second, Clock: r.Clock,
	})
	rotate = func(key string) (secret string) {
		t.Helper()
		a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
		r.Must(err)
		caller := access.Caller{Subject: "u-1", Role: access.Editor, Accounts: []string{rig.BrandID}}
		_, err = workspace.RotateCredential(t.Context(), caller, rig.BrandID, rig.AppID, settings.CredentialInput{Credential: config.NewSecret(key)}, settings.Seen{Version: a.Version, Named: true})
		r.Must(err)
		a, err = r.Parts.Store.Account(t.Context(), rig.BrandID)
		r.Must(err)

		return a.Apps[rig.AppID].Secret
	}
	if shared {
		a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
		r.Must(err)
		_, err = r.Parts.Store.SavePlatformApp(t.Context(), rig.AppID, store.Author{}, r.Clock.Now(), func(p account.PlatformApp) (account.PlatformApp, error) {
			p.App, p.Templates = a.Apps[rig.AppID], map[string]account.Content{}
			for kind, e := range a.Events {
				p.Templates[kind] = account.Content{TemplateID: e.TemplateID, Filling: e.Filling}
			}

			return p, nil
		})
		r.Must(err)
		rotate = func(key string) string {
			t.Helper()
			p, err := r.Parts.Store.PlatformApp(t.Context(), rig.AppID)
			r.Must(err)
			caller := access.Caller{Subject: "u-9", Role: access.Platform, All: true}
			saved, err := workspace.RotatePlatformCredential(t.Context(), caller, rig.AppID, settings.CredentialInput{Credential: config.NewSecret(key)}, settings.Seen{Version: p.Version, Named: true})
			r.Must(err)

			return saved.App.Secret
		}
	}

	return rotate
}

// TestRotationBeforeTheTemplateIsRead rotates the credential after a worker has read the settings and before it asks the provider for the
// template: the refusal says nothing of the app, and the message goes out with the present credential.
func TestRotationBeforeTheTemplateIsRead(t *testing.T) {
	t.Parallel()
	for name, shared := range map[string]bool{"brand's": false, "platform's": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Shared: shared})
			rotate := rotation(t, r, shared)
			w := r.NewWorker(rig.Options{})
			if code := r.Push(w.Notify, r.Event("shipment-created").Message, 1); code != http.StatusNoContent { // an event that is off
				t.Fatalf("got %d", code)
			}

			const key = "sk-rotated-0123456789"
			r.Must(r.Sim.Gupshup().AddAPIKey(rig.GupshupAppID, key))
			rotate(key)
			r.Must(r.Sim.Gupshup().SetAPIKey(rig.GupshupAppID, key))
			w.Faults.Record()
			r.Hand(w, r.First())
			if calls := w.Faults.Recorded(); slices.Contains(calls, rig.SendPath) {
				t.Errorf("calls: got %v, want the refusal before the message is posted", calls)
			}
			a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
			r.Must(err)
			if h := a.Apps[rig.AppID].Health; h != (account.Health{}) {
				t.Errorf("the app is held for a credential that was replaced: %+v", h)
			}
			r.Settle(w)
			r.CheckOne(t, message.StatusRead)
		})
	}
}
