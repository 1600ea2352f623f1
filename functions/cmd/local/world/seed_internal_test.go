package world

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

func startWorld(t *testing.T, o Options) *World {
	t.Helper()
	w, err := Start(t.Context(), o)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(func() {
		if err := w.Close(t.Context()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return w
}

// TestOlderStateIsCompleted starts on the state of a version whose accounts had no fillings yet.
func TestOlderStateIsCompleted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	older, err := Start(t.Context(), Options{Path: dir})
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	want, err := older.Parts.Store.Account(t.Context(), NeemID)
	if err != nil {
		t.Fatalf("account: %v", err)
	}
	const changed = "shipment/delivered"
	err = older.Parts.Store.ChangeAccount(t.Context(), NeemID, func(a *account.Account) bool {
		for kind, e := range a.Events {
			e.Filling = template.Filling{}
			if kind == changed {
				e.TemplateID = "chosen by somebody"
			}
			a.Events[kind] = e
		}
		return true
	})
	if err != nil {
		t.Fatalf("account: %v", err)
	}
	if err = older.Close(t.Context()); err != nil {
		t.Fatalf("close: %v", err)
	}
	got, err := startWorld(t, Options{Path: dir}).Parts.Store.Account(t.Context(), NeemID)
	if err != nil {
		t.Fatalf("account: %v", err)
	}
	own := want.Events[changed]
	own.TemplateID, own.Filling = "chosen by somebody", template.Filling{}
	want.Events[changed] = own
	if diff := cmp.Diff(want.Events, got.Events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
