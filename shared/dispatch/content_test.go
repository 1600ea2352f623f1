package dispatch_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// TestBodyOver1024 has a shopper's name and a courier's remark fit that only together are too long for WhatsApp: the simulated
// providers refuse a longer body as the real ones do.
func TestBodyOver1024(t *testing.T) {
	t.Parallel()
	for _, name := range []string{gupshup.Name, meta.Name, kaleyra.Name} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Provider: name, Variables: []string{"customer_name", "failure_reason"}})
			r.Hand(r.Hooks, r.EventData(r.Altered(func(s map[string]any) {
				s["customerName"] = "Ira &amp; Dev " + strings.Repeat("N", 490)
				s["remarks"] = strings.Repeat("not at home ", 50)
			})))
			r.Settle(r.Hooks)
			r.CheckOne(t, message.StatusRead)

			got := r.Sim.Log().Accepted()
			if len(got) != 1 || len(got[0].Params) != 2 {
				t.Fatalf("accepted: got %+v, want one with two values", got)
			}
			if name := got[0].Params[0]; !strings.HasPrefix(name, "Ira & Dev N") {
				t.Errorf("name: got %q, want its entity decoded", name)
			}
			if reason := got[0].Params[1]; !strings.HasSuffix(reason, "…") || utf8.RuneCountInString(reason) < 480 {
				t.Errorf("remark: got %q, want it cut at a word, and no more than has to be", reason)
			}
		})
	}
}

// TestTextsOfTheBrand sends a message whose places hold a variable and a text of the brand's own.
func TestTextsOfTheBrand(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{})
	r.ChangeAccount(func(a *account.Account) {
		rig.SetEvent(a, func(e *account.Event) {
			e.Filling.Variables, e.Filling.Texts = []string{"customer_name"}, []string{"", "your  parcel"}
		})
	})
	r.Hand(r.Hooks, r.First())
	r.Settle(r.Hooks)
	r.CheckOne(t, message.StatusRead)

	got := r.Sim.Phones().Inbox(rig.Shopper)
	if want := "Hi Ira Sample, we could not deliver your  parcel."; len(got) != 1 || got[0].Text != want {
		t.Errorf("the phone shows %+v, want %q", got, want)
	}
	if all := r.Messages(); len(all) != 1 || len(all[0].Filling.Texts) != 2 {
		t.Errorf("got %d messages, want one that keeps its texts", len(all))
	}
}
